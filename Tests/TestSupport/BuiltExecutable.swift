import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An executable of this package, as the build that runs the tests has made it.
package struct BuiltExecutable: Sendable {
    package static let nightshift = BuiltExecutable(name: "nightshift")
    /// The program that plays simulated nights.
    package static let nights = BuiltExecutable(name: "Nights")

    let url: URL

    private static let accountDirectory = FileManager.default.temporaryDirectory
        .appending(path: "nightshift-test-account-\(ProcessInfo.processInfo.processIdentifier)")
        .path(percentEncoded: false)

    private init(name: String) {
        #if os(macOS)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        let folder = bundle?.bundleURL.deletingLastPathComponent() ?? URL(filePath: ".build/debug")
        #else
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
        url = folder.appending(path: name)
    }

    /// A program of the system.
    package init(path: String) {
        url = URL(filePath: path)
    }

    package var path: String { url.path(percentEncoded: false) }

    /// Starts it; what it prints is read while it runs.
    /// - Parameters:
    ///   - environment: added to that of the tests, which has no token and no base URL.
    ///   - input: what is piped in; a few kilobytes at most.
    package func start(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> RunningExecutable {
        var merged = ProcessInfo.processInfo.environment
        merged["REPLICATE_API_TOKEN"] = nil
        merged["REPLICATE_BASE_URL"] = nil
        // Nothing is written into the home of who runs the tests.
        merged["NIGHTSHIFT_ACCOUNT_DIRECTORY"] = Self.accountDirectory
        merged.merge(environment) { _, new in new }
        return try RunningExecutable(url, arguments, merged, input)
    }

    /// Runs it to its end.
    package func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) async throws -> (code: Int32, output: String, errors: String) {
        let process = try start(arguments, environment: environment, input: input)
        var output = ""
        for await line in process.outputLines { output += line + "\n" }
        // Its last words may still be on their way when it has ended.
        for await _ in process.errorLines {}
        let end = await process.end()
        return (end.code, output, process.errorText)
    }
}

/// A child process with its output as it comes.
package final class RunningExecutable: Sendable {
    package struct End: Sendable {
        /// The exit code, or the signal's number below zero.
        package var code: Int32

        package var isSuccess: Bool { code == 0 }
    }

    /// Standard output, line by line.
    package let outputLines: AsyncStream<String>
    /// Standard error, line by line.
    package let errorLines: AsyncStream<String>
    private let identifier: pid_t
    private let ends: AsyncStream<End>
    private let errors: Collected

    private final class Collected: Sendable {
        let text = Mutex("")
    }

    fileprivate init(
        _ url: URL, _ arguments: [String], _ environment: [String: String], _ input: String?
    ) throws {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        if let input {
            let pipe = Pipe()
            try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try pipe.fileHandleForWriting.close()
            process.standardInput = pipe
        }
        let output = Pipe()
        let error = Pipe()
        process.standardOutput = output
        process.standardError = error
        let (ends, announcement) = AsyncStream.makeStream(of: End.self)
        process.terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            announcement.yield(End(code: isSignal ? -process.terminationStatus : process.terminationStatus))
            announcement.finish()
        }
        let errors = Collected()
        outputLines = Self.lines(of: output.fileHandleForReading) { _ in }
        errorLines = Self.lines(of: error.fileHandleForReading) { line in
            errors.text.withLock { $0 += line + "\n" }
        }
        try process.run()
        self.ends = ends
        self.errors = errors
        identifier = process.processIdentifier
    }

    /// What has been read of its standard error so far.
    package var errorText: String { errors.text.withLock { $0 } }

    package func kill() { send(SIGKILL) }

    package func send(_ signal: Int32) {
        _ = systemKill(identifier, signal)
    }

    /// Waits for its end; to be asked once.
    package func end() async -> End {
        for await end in ends { return end }
        return End(code: -1)
    }

    private static func lines(
        of handle: FileHandle, also see: @escaping @Sendable (String) -> Void
    ) -> AsyncStream<String> {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let descriptor = handle.fileDescriptor
        // A thread of its own: reading blocks, and the pipe must never be full.
        Thread.detachNewThread {
            withExtendedLifetime(handle) {
                var rest: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 16384)
                while true {
                    let count = systemRead(descriptor, &buffer, buffer.count)
                    guard count > 0 else { break }
                    rest += buffer[..<count]
                    while let end = rest.firstIndex(of: 0x0A) {
                        let line = String(decoding: rest[..<end], as: UTF8.self)
                        rest.removeFirst(end + 1)
                        see(line)
                        continuation.yield(line)
                    }
                }
                if !rest.isEmpty {
                    let line = String(decoding: rest, as: UTF8.self)
                    see(line)
                    continuation.yield(line)
                }
                continuation.finish()
            }
        }
        return lines
    }
}

private func systemKill(_ process: pid_t, _ signal: Int32) -> Int32 { kill(process, signal) }

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
