// Leaves protobuf's descriptors out of the program's start. Generated code
// registers its own before main(), which parses every .proto file that is
// linked in, descriptor.proto among them: 8 % of what `extgate check` computes
// in all, for the few verbs that print JSON. It registers them again, itself
// and what it depends on, when the first message is asked for its metadata
// (google/protobuf/generated_message_reflection.cc, AssignDescriptors), so the
// early call can do nothing. Linked by --wrap into the shipped program alone;
// where a later protobuf calls it by another name, nothing is wrapped.

namespace google::protobuf::internal {
struct AddDescriptorsRunner;
struct DescriptorTable;
}  // namespace google::protobuf::internal

extern "C" void
__wrap__ZN6google8protobuf8internal20AddDescriptorsRunnerC1EPKNS1_15DescriptorTableE(
    google::protobuf::internal::AddDescriptorsRunner*,
    const google::protobuf::internal::DescriptorTable*) {}
