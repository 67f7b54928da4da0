# The table: a row for each thing that was looked at, on either side of the serial port.

passed=${passed:-0} failed=${failed:-0}

# row NAME EXPECTED GOT: prints one line of the table.
row() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    printf 'PASS %s | %s\n' "$1" "$3"
  else
    failed=$((failed + 1))
    printf 'FAIL %s | expected %s | got %s\n' "$1" "$2" "$3"
  fi
}
