import Foundation
import NightshiftCore
import ReplicateServer
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A program that makes rows. It runs in the manifest's folder and in a process group of its own, without the API token.
struct SourceProgram {
    /// Where it runs.
    let directory: String
    /// What this process has in its environment.
    let environment: [String: String]
    /// Called often while it runs; what it throws kills the program, with all that it has started.
    let checkpoint: () throws -> Void

    /// Why a program could not do its work.
    struct Failure: Error, Hashable {
        /// As the end of a sentence about the program.
        var reason: String
        /// The beginning of what it has said.
        var said = ""
    }

    /// Runs a command of the shell, handing over what it prints while it does.
    /// - Throws: ``Failure`` with what it has said, if it ends with another status than 0; what `body` throws ends it.
    func run(_ command: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/nightshift-rows-\(UUID().uuidString)"
        do throws(SystemCallError) {
            try FileSystemCalls.makePrivateDirectory(folder)
        } catch {
            throw Failure(reason: "no folder for temporary files can be made: \(ErrorReason.of(error))")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pipe = folder + "/rows"
        let reading = mkfifo(pipe, 0o600) == 0 ? open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1
        guard reading >= 0 else {
            throw Failure(reason: "no pipe can be made: \(InputFileError(number: errno).reason)")
        }
        defer { close(reading) }
        let child: ChildProcess
        do {
            child = try ChildProcess(
                command: command, directory: directory,
                environment: CommandEnvironment.of(environment), input: "/dev/null", output: pipe,
                errorOutput: folder + "/errors")
        } catch let failure as ChildProcess.Failure {
            throw Failure(reason: "it cannot be started: \(failure.description.lowercased())")
        }
        let outcome = Outcome()
        // When the program has ended, all that it left running is killed, and with it the last one that holds the pipe.
        Thread.detachNewThread { outcome.tell(child.wait()) }
        do {
            try read(reading, body)
            let end = try outcome.end(checkpoint)
            guard end != .exited(0) else { return }
            let said = (try? InputFile(folder + "/errors").readAll(upTo: 8192)) ?? []
            throw Failure(
                reason: reason(for: end, errors: folder + "/errors"), said: String(decoding: said, as: UTF8.self))
        } catch {
            child.kill()
            _ = try? outcome.end {}
            throw error
        }
    }

    private func read(_ descriptor: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 << 10)
        defer { buffer.deallocate() }
        while true {
            try checkpoint()
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else { continue }
            let count = Self.read(descriptor, buffer)
            if count == 0 { return }
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else {
                    throw Failure(reason: "what it prints cannot be read: \(InputFileError(number: errno).reason)")
                }
                continue
            }
            try body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func read(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        #if canImport(Darwin)
        Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
        Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    private func reason(for end: ChildProcess.End, errors: String) -> String {
        let said = LastWords(ofFile: errors)
        switch end {
        case .exited(let status):
            return "it ended with status \(status)" + (said.map { ": \($0.text)" } ?? ", and said nothing")
        case .signaled(let signal): return "it was ended by signal \(signal)" + (said.map { ": \($0.text)" } ?? "")
        }
    }

    /// Where a program of this name is.
    func find(_ name: String) -> String? {
        ProgramSearch.path(of: name, in: environment["PATH"])
    }

    /// A text as one word of the shell.
    static func quoted(_ text: String) -> String {
        "'" + text.replacingExactly("'", with: #"'\''"#) + "'"
    }
}

/// How a program has ended, for the one who waits for it.
private final class Outcome: Sendable {
    private let found = Mutex<ChildProcess.End?>(nil)
    private let signal = DispatchSemaphore(value: 0)

    func tell(_ end: ChildProcess.End) {
        found.withLock { $0 = end }
        signal.signal()
    }

    func end(_ checkpoint: () throws -> Void) throws -> ChildProcess.End {
        while true {
            if let end = found.withLock({ $0 }) { return end }
            try checkpoint()
            _ = signal.wait(timeout: .now() + .milliseconds(100))
        }
    }
}
