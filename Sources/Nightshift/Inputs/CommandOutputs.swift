import Foundation
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the commands of a manifest have printed, each kept on disk as long as an input set is read: a command runs once, and
/// nothing of its rows is taken before it has ended well.
final class CommandOutputs {
    private var files: [SourceLocation: InputFile] = [:]

    /// The output of the command that stands at a place of the manifest.
    /// - Throws: ``SourceProgram/Failure`` if it ends with another status than 0.
    func output(of command: String, at location: SourceLocation, by program: SourceProgram) throws -> InputFile {
        if let file = files[location] { return try file.again() }
        let path = FileManager.default.temporaryDirectory.path + "/nightshift-rows-\(UUID().uuidString)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SourceProgram.Failure(
                reason: "no temporary file can be made: \(InputFileError(number: errno).reason)")
        }
        // It is gone with its descriptor.
        unlink(path)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        do {
            try program.run(command) { try handle.write(contentsOf: Data($0)) }
        } catch {
            close(descriptor)
            throw error
        }
        let file = try InputFile(descriptor: descriptor)
        files[location] = file
        return try file.again()
    }
}
