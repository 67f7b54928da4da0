#!/bin/bash
# The schema for editors says what the policy reader does.
set -euo pipefail
exec python3 tools/checks/policy_schema.py \
  "$(dirname "$(readlink -f WORKSPACE)")"
