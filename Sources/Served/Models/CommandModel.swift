import Foundation
import JSON
import NIOPosix
import Synchronization

/// A command as a model: JSON input on its standard input, JSON output on its standard output, files by their paths.
///
/// The command runs by `/bin/sh -c` where the server was started. `NIGHTSHIFT_FILES` (and `TMPDIR`) name a folder of its
/// own: file inputs that come as data URIs are written there and passed as paths, and an output string that is the path
/// of a file in that folder becomes a file of the prediction.
struct CommandModel: ServedModel {
    let owner: String
    let name: String
    let command: String
    let isOfficial = true

    var summary: String { "The command \(command)" }

    init(id: String, command: String) {
        let parts = id.split(separator: "/", maxSplits: 1).map(String.init)
        owner = parts.count == 2 ? parts[0] : "local"
        name = parts.last ?? id
        self.command = command
    }

    /// What a command takes is its own business.
    var openAPISchema: JSONValue {
        SchemaMaker.document(inputs: [], required: [], output: ["title": "Output"])
    }

    func run(_ input: JSONValue, _ context: ModelContext) async throws -> ModelResult {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "nightshift-model-\(context.predictionID)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = CommandProcess(command: command, folder: folder)
        let given = try Self.writingFiles(of: input, to: folder)
        let finished = try await withTaskCancellationHandler {
            // The command may take long and blocks its thread; these threads are for that.
            try await NIOThreadPool.singleton.runIfActive { try process.run(input: given.jsonBytes()) }
        } onCancel: {
            process.cancel()
        }
        try Task.checkCancellation()
        guard finished.status == 0 else {
            let end = String(decoding: finished.errors.suffix(2000), as: UTF8.self)
            let text = end.trimmingCharacters(in: .whitespacesAndNewlines)
            throw ModelFailure(text.isEmpty ? "the command ended with exit code \(finished.status)" : text)
        }
        let output: JSONValue
        do throws(JSONParsingError) {
            output = try JSONValue(parsing: finished.output)
        } catch {
            throw ModelFailure("the command's output is not JSON: \(error)")
        }
        var files: [String: ServedFile] = [:]
        let shown = Self.collectingFiles(of: output, in: folder, into: &files, context)
        return ModelResult(output: shown, files: files, logs: String(decoding: finished.errors, as: UTF8.self))
    }

    private static func writingFiles(of value: JSONValue, to folder: URL) throws -> JSONValue {
        switch value {
        case .string(let text) where text.hasPrefix("data:"):
            guard let comma = text.firstIndex(of: ","), text[..<comma].hasSuffix(";base64"),
                let bytes = Data(base64Encoded: String(text[text.index(after: comma)...]))
            else { return value }
            let file = folder.appending(path: "input-\(UUID().uuidString)")
            try bytes.write(to: file)
            return .string(file.path(percentEncoded: false))
        case .array(let elements): return .array(try elements.map { try writingFiles(of: $0, to: folder) })
        case .object(let members): return .object(try members.mapValues { try writingFiles(of: $0, to: folder) })
        default: return value
        }
    }

    private static func collectingFiles(
        of value: JSONValue, in folder: URL, into files: inout [String: ServedFile], _ context: ModelContext
    ) -> JSONValue {
        switch value {
        case .string(let text) where !text.isEmpty && text.utf8.count < 1024 && !text.contains("\n"):
            let file = URL(filePath: text, relativeTo: folder).standardizedFileURL.resolvingSymlinksInPath()
            let inside = folder.standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
            let path = file.path(percentEncoded: false)
            var isFolder: ObjCBool = false
            guard path.hasPrefix(inside + (inside.hasSuffix("/") ? "" : "/")),
                FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                let bytes = try? Data(contentsOf: file)
            else { return value }
            let name = "\(files.count)-\(file.lastPathComponent.filter { $0.isASCII && $0 != "%" && $0 != "/" })"
            files[name] = ServedFile(.bytes([UInt8](bytes)), mediaType: "application/octet-stream")
            return .string(context.address(ofFile: name))
        case .array(let elements):
            return .array(elements.map { collectingFiles(of: $0, in: folder, into: &files, context) })
        case .object(let members):
            return .object(members.mapValues { collectingFiles(of: $0, in: folder, into: &files, context) })
        default: return value
        }
    }
}

/// One run of a command; its thread waits for it.
private final class CommandProcess: Sendable {
    struct Finished {
        var status: Int32
        var output: [UInt8]
        var errors: [UInt8]
    }

    private enum State {
        case waiting
        case running(pid_t)
        case over
    }

    private let command: String
    private let folder: URL
    private let state = Mutex(State.waiting)

    init(command: String, folder: URL) {
        self.command = command
        self.folder = folder
    }

    func run(input: [UInt8]) throws -> Finished {
        let inputFile = folder.appending(path: ".input.json")
        let outputFile = folder.appending(path: ".output.json")
        let errorFile = folder.appending(path: ".errors.txt")
        // Files instead of pipes: nothing can block on a full one.
        try Data(input).write(to: inputFile)
        try Data().write(to: outputFile)
        try Data().write(to: errorFile)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", isPlain ? "exec \(command)" : command]
        var environment = ProcessInfo.processInfo.environment
        // A model is not the account's owner.
        environment["REPLICATE_API_TOKEN"] = nil
        environment["NIGHTSHIFT_FILES"] = folder.path(percentEncoded: false)
        environment["TMPDIR"] = folder.path(percentEncoded: false)
        process.environment = environment
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        let mayRun = try state.withLock { state in
            guard case .waiting = state else { return false }
            try process.run()
            state = .running(process.processIdentifier)
            return true
        }
        guard mayRun else { throw CancellationError() }
        process.waitUntilExit()
        state.withLock { $0 = .over }
        return Finished(
            status: process.terminationStatus, output: [UInt8](try Data(contentsOf: outputFile)),
            errors: [UInt8](try Data(contentsOf: errorFile)))
    }

    func cancel() {
        state.withLock { state in
            if case .running(let identifier) = state { kill(identifier, SIGKILL) }
            state = .over
        }
    }

    /// A single command takes the shell's place, so that cancelling ends the command itself.
    private var isPlain: Bool {
        !command.contains { "|;&\n()`$".contains($0) }
    }
}
