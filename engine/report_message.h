// Reports as messages, for those that put them into a message of their own.
#ifndef EXTGATE_ENGINE_REPORT_MESSAGE_H_
#define EXTGATE_ENGINE_REPORT_MESSAGE_H_

#include "engine/report.h"
#include "proto/report.pb.h"

namespace extgate {

// Fills `message`, which is to be empty, with what ReportToJson prints.
void ReportToMessage(const Report& report, v1::Report& message);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REPORT_MESSAGE_H_
