// Package worker is the tool as a build action: Bazel's persistent-worker
// protocol, and the same requests one at a time from a command line.
//
// # Requests
//
// A request is a list of arguments. They are those that rules_python's
// precompiler is called with, so that the tool can stand in its place, plus a
// few of our own (see ParseRequest). The same list comes in three ways:
//
//	precompile worker ARG… | @FILE          one shot; FILE has one argument a line
//	precompile worker --persistent_worker   WorkRequests on stdin, JSON
//	precompile worker --persistent_worker   WorkRequests on stdin, proto
//
// What a request makes depends on its arguments and the files that they name,
// never on what the process did before. An Executor carries them out
// (execute.go); it keeps one compiler for each version, which all requests
// share. No interpreter is searched for on the machine.
//
// # The protocol
//
// https://bazel.build/remote/persistent and creating-persistent-workers; the
// messages are src/main/protobuf/worker_protocol.proto of Bazel. The encoding
// is told from the first bytes (wire.go), so no flag has to agree with the
// rule's requires-worker-protocol. Server.Serve reads requests, answers each
// exactly once, and returns at the end of input when the last answer is out
// (serve.go). Requests with an id run at the same time; how many files are
// compiled at once is bounded by the compilers that all requests share.
package worker
