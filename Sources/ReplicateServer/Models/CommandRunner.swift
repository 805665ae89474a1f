import DemoModels
import Foundation
import HTTPTypes
import LosslessJSON
import NIOCore
import NIOPosix
import ReplicateAPI
import Synchronization

/// One prediction of a model that is a command.
struct CommandJob: Sendable {
    var id: PredictionID
    var command: String
    var input: JSONValue
    /// Where the server is for this client, such as `http://127.0.0.1:8080`.
    var base: String
    /// How it ends in place of its run, by a fault.
    var endsInstead: RunEnding?
}

/// Runs the commands that are models, a bounded number at a time; the others wait.
final class CommandRunner: Sendable {
    private struct State {
        var pool: NIOThreadPool?
        var running: [PredictionID: ChildProcess] = [:]
        var folder: String?
        var isStopped = false
    }

    private let limit: Int
    private let directory: String
    private let predictions: PredictionStore
    private let files: FileStore
    private let state = Mutex(State())

    init(limit: Int, directory: String?, predictions: PredictionStore, files: FileStore) {
        self.limit = max(1, limit)
        self.directory = directory ?? FileManager.default.currentDirectoryPath
        self.predictions = predictions
        self.files = files
    }

    func enqueue(_ job: CommandJob) {
        let pool = state.withLock { state -> NIOThreadPool? in
            guard !state.isStopped else { return nil }
            if let pool = state.pool { return pool }
            let pool = NIOThreadPool(numberOfThreads: limit)
            pool.start()
            state.pool = pool
            return pool
        }
        pool?.submit { phase in
            if phase == .active { self.run(job) }
        }
    }

    /// Kills the command of a prediction, if it runs.
    func cancel(_ id: PredictionID) {
        state.withLock { $0.running[id] }?.kill()
    }

    /// Kills all commands, drops those that wait, and deletes their files.
    func stop() async {
        let (pool, children, folder) = state.withLock { state in
            state.isStopped = true
            return (state.pool, Array(state.running.values), state.folder)
        }
        for child in children { child.kill() }
        // It fails only if it was stopped before.
        try? await pool?.shutdownGracefully()
        if let folder { TemporaryFolder.remove([folder]) }
    }

    // MARK: - One run, on a thread of the pool

    private func run(_ job: CommandJob) {
        if job.endsInstead == .aborted { return predictions.finish(job.id, .aborted) { _ in } }
        guard predictions.start(job.id) else { return }
        if let ending = job.endsInstead { return predictions.finish(job.id, ending) { _ in } }
        do {
            let folder = try makeFolder(for: job.id)
            predictions.updateData(of: job.id) { $0.folder = folder.path }
            let input = try folder.writeFiles(of: job.input) { try content(of: $0, base: job.base) }
            try Data(input.jsonBytes()).write(to: URL(fileURLWithPath: folder.standardInput))
            let end = try run(job, in: folder)
            try finish(job, end, folder)
        } catch {
            predictions.finish(job.id, .failed("the command could not be run: \(error)")) { _ in }
        }
    }

    private func run(_ job: CommandJob, in folder: CommandFolder) throws -> ChildProcess.End {
        let environment = Self.environment(from: ProcessInfo.processInfo.environment, folder: folder.work)
        let child = try ChildProcess(
            command: job.command, directory: directory, environment: environment, input: folder.standardInput,
            output: folder.standardOutput, errorOutput: folder.standardError)
        let isStopped = state.withLock { state in
            state.running[job.id] = child
            return state.isStopped
        }
        // Whoever cancelled before the child was known could not kill it.
        let now = predictions.clock.now
        let lifecycle = predictions.record(job.id)?.lifecycle
        if isStopped || lifecycle?.snapshot(at: now).status.isTerminal ?? true { child.kill() }
        let timeLeft = lifecycle?.expectedEnd.map { now.duration(to: $0) } ?? .zero
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(timeLeft)) { child.kill() }
        let end = child.wait()
        timer.cancel()
        state.withLock { $0.running[job.id] = nil }
        return end
    }

    /// What a command finds in its environment: all that the server has, but not the user's token.
    static func environment(from own: [String: String], folder: String) -> [String: String] {
        var environment = own
        environment["REPLICATE_API_TOKEN"] = nil
        environment["NIGHTSHIFT_FOLDER"] = folder
        environment["TMPDIR"] = folder
        return environment
    }

    private func finish(_ job: CommandJob, _ end: ChildProcess.End, _ folder: CommandFolder) throws {
        let logs = RunLogs.text(folder.errorText(upTo: 65_536))
        switch end {
        case .exited(0):
            do {
                let (output, files) = try folder.collectFiles(of: try folder.output()) { index, name in
                    "\(job.base)/delivery/\(job.id.text)/\(index)/\(PathSegment.encode(name))"
                }
                predictions.finish(job.id, .succeeded) { data in
                    data.logs = logs
                    data.files = files
                    data.output = .whole(output.jsonBytes())
                }
            } catch let failure as ChildProcess.Failure {
                predictions.finish(job.id, .failed(failure.description)) { $0.logs = logs }
            }
        case .exited(let status):
            let text = folder.errorText(upTo: 2000).trimmingCharacters(in: .whitespacesAndNewlines)
            let error = text.isEmpty ? "the command ended with status \(status)" : text
            predictions.finish(job.id, .failed(error)) { $0.logs = logs }
        case .signaled(let signal):
            predictions.finish(job.id, .failed("the command was ended by signal \(signal)")) { $0.logs = logs }
        }
    }

    private func makeFolder(for id: PredictionID) throws -> CommandFolder {
        let root = try state.withLock { state in
            let root = try state.folder ?? TemporaryFolder.make()
            state.folder = root
            return root
        }
        return try CommandFolder(path: "\(root)/\(id.text)")
    }

    /// The bytes behind an address of this server.
    private func content(of address: String, base: String) throws -> [UInt8]? {
        guard address.hasPrefix(base + "/"), let route = Route(.get, path: String(address.dropFirst(base.count))) else {
            return nil
        }
        switch route {
        case .file(let id), .downloadFile(let id):
            return try files.file(id).map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0.stored.path))) }
        case .delivery(let prediction, let index):
            guard let files = PredictionID(prediction).flatMap({ predictions.record($0) })?.data?.files,
                files.indices.contains(index)
            else { return nil }
            switch files[index].content {
            case .generated(let make): return make()
            case .stored(let file): return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.path)))
            }
        default: return nil
        }
    }
}
