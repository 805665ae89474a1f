import DemoModels
import LosslessJSON

/// One prediction as the server keeps it. What a read shows is computed from it at that moment.
struct PredictionRecord: Sendable {
    let id: PredictionID
    /// `owner/name`.
    let model: String
    /// What reads show as its version.
    let version: String
    let deployment: String?
    /// Whether its stream carries addresses of files; its URL says so.
    var streamsFiles = false
    var lifecycle: PredictionLifecycle
    /// Where its creator wanted to be told of it.
    var webhook: WebhookSpec?
    /// Input, output, logs and files; `nil` once they were removed.
    var data: PredictionData?
}

/// The part of a prediction that is removed after the retention time.
struct PredictionData: Sendable {
    enum Output: Sendable {
        case none
        /// JSON text that appears when the run is done.
        case whole([UInt8])
        /// Elements of a list, each as JSON text, that appear one by one during the run.
        case pieces([[UInt8]])
    }

    /// The input as JSON text with sorted keys.
    var input: [UInt8]
    var output = Output.none
    var logs = RunLogs.text("")
    var files: [OutputFile] = []
    /// A folder that is deleted with the rest.
    var folder: String?
}

/// A file that a prediction put out.
struct OutputFile: Sendable {
    enum Content: Sendable {
        /// Made when somebody asks for it; the same bytes each time.
        case generated(@Sendable () -> [UInt8])
        case stored(StoredFile)
    }

    /// The last part of its URL.
    var name: String
    var contentType: String
    var content: Content
}

extension OutputFile {
    init(_ file: GeneratedFile) {
        self.init(name: file.name, contentType: file.contentType, content: .generated(file.content))
    }
}

/// A file on disk whose content is known.
struct StoredFile: Hashable, Sendable {
    var path: String
    var size: Int
    var md5: String
    var sha256: String
}

extension PredictionRecord {
    /// Takes over what a plan says will come of it.
    /// - Parameter base: where the server is, such as `http://127.0.0.1:8080`.
    mutating func take(_ plan: PredictionPlan, base: String) {
        data?.logs = plan.logs
        switch plan.output {
        case .none: break
        case .json(let value): data?.output = .whole(value.jsonBytes())
        case .pieces(let texts): data?.output = .pieces(texts.map { JSONValue.string($0).jsonBytes() })
        case .file(let file):
            let file = OutputFile(file)
            data?.files = [file]
            streamsFiles = true
            data?.output = .whole(JSONValue.string(file.url(of: id, base: base)).jsonBytes())
        }
    }
}

extension OutputFile {
    /// Where the only file of a prediction is.
    func url(of id: PredictionID, base: String) -> String {
        "\(base)/delivery/\(id.text)/0/\(name)"
    }
}
