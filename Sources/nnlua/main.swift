import Glibc

let arguments = CommandLine.unsafeArgv
let count = Int(CommandLine.argc)
exit(
  Program(
    arguments: (0..<count).compactMap { index in
      arguments[index].map { start in Array(UnsafeRawBufferPointer(start: start, count: strlen(start))) }
    }
  ).run())
