import Foundation
import Synchronization

/// What the handlers of a server share.
final class ServerState: Sendable {
    let configuration: EmbeddedServer.Configuration
    let clock = ServerClock()
    let catalogue: Catalogue
    let predictions: PredictionStore
    /// Trainings live as predictions do, but are not in their list.
    let trainings: PredictionStore
    /// The models that users made.
    let models = Mutex(ModelRegistry())
    let deployments = Mutex(DeploymentTable())
    /// How often each model was run, by `owner/name`.
    let runCounts = Mutex<[String: Int]>([:])
    let files: FileStore
    let outputs = OutputCache()
    let commands: CommandRunner
    let webhooks: WebhookSender
    let log: RequestLog?
    let counts = Mutex(RequestCounts())
    let port = Mutex(0)
    /// Where the certificate is, as long as there is one.
    let certificateFile = Mutex<String?>(nil)
    private let faults: Mutex<FaultDraw>
    private let hasFaults: Bool
    /// `nil` lets everything through.
    private let creates: Mutex<RateBucket?>
    private let reads: Mutex<RateBucket?>

    init(_ configuration: EmbeddedServer.Configuration) {
        self.configuration = configuration
        catalogue = Catalogue(commands: configuration.commands, versions: configuration.versions)
        predictions = PredictionStore(
            retention: configuration.retention, capacity: configuration.capacity, clock: clock)
        trainings = PredictionStore(
            retention: configuration.retention, capacity: configuration.capacity, clock: clock)
        files = FileStore(clock: clock)
        commands = CommandRunner(
            limit: configuration.commandLimit, directory: configuration.commandDirectory, predictions: predictions,
            files: files)
        webhooks = WebhookSender(secret: configuration.webhookSecret, clock: clock)
        log = configuration.requestLog.map(RequestLog.init)
        faults = Mutex(FaultDraw(configuration.faults))
        hasFaults = configuration.faults != Faults()
        let now = clock.now
        creates = Mutex(configuration.creates.map { RateBucket($0, at: now) })
        reads = Mutex(configuration.reads.map { RateBucket($0, at: now) })
    }

    /// Makes ready what is on disk.
    func open() throws {
        try log?.open()
    }

    /// Ends commands and deletes what is on disk.
    func close() async {
        await commands.stop()
        files.removeAll()
        log?.close()
    }

    /// Asks the faults, if there are any.
    func draw<Fault: Sendable>(_ ask: (inout FaultDraw) -> Fault, otherwise injectedFault: Fault) -> Fault {
        hasFaults ? faults.withLock { ask(&$0) } : injectedFault
    }

    func count(_ kind: Route.Kind) {
        counts.withLock { counts in
            switch kind {
            case .create: counts.creates += 1
            case .get: counts.gets += 1
            case .list: counts.lists += 1
            case .cancel: counts.cancels += 1
            case .file: counts.files += 1
            case .download: counts.downloads += 1
            case .other: counts.others += 1
            }
        }
    }

    /// Asks the bucket of a kind of request.
    /// - Returns: what is left in it; for an endless one what the real API says in quiet times.
    func takeFromBucket(_ kind: Route.Kind) throws(Problem) -> Int {
        switch kind {
        case .create:
            guard let limit = configuration.creates else { return 599 }
            switch creates.withLock({ $0?.take(at: clock.now) }) {
            case nil: return 599
            case .taken(let remaining): return remaining
            case .refused(let wait): throw .throttled(creates: limit, wait: wait)
            }
        case .file, .download: return 0
        case .get, .list, .cancel, .other:
            guard configuration.reads != nil else { return kind == .get ? 59_999 : 2999 }
            switch reads.withLock({ $0?.take(at: clock.now) }) {
            case nil: return 2999
            case .taken(let remaining): return remaining
            case .refused(let wait): throw .throttled(wait: wait)
            }
        }
    }
}
