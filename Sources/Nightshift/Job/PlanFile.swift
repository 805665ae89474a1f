import Crypto
import Foundation
public import LosslessJSON
import NightshiftCore

/// A plan that was written down, to be run exactly as it was shown.
///
/// It holds no items, only the digest of all of them: the manifest stays the truth, and a plan that it no longer gives is
/// refused.
public struct PlanFile: Hashable, Sendable {
    public var job: String
    /// The models as the manifest names them.
    public var model: String?
    /// The versions that the models' names stood for, by the names of the steps; `""` for a manifest without `steps`.
    public var versions: [String: String]
    /// All items of the manifest.
    public var items: Int
    /// How many of them a run would create.
    public var toDo: Int
    /// The digest of every item's key, content and name, in order.
    public var digest: String

    init(job: String, model: String?, versions: [String: String], items: Int, toDo: Int, digest: String) {
        self.job = job
        self.model = model
        self.versions = versions
        self.items = items
        self.toDo = toDo
        self.digest = digest
    }

    private static let format = "nightshift-plan-1"

    /// Reads a plan that was written down earlier.
    /// - Throws: ``EngineError`` if it is none.
    public init(path: String) throws(EngineError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw EngineError(.planUnreadable, "cannot read the plan \(path)")
        }
        guard let json = try? JSONValue(parsing: Array(data)), json["format"]?.stringValue == Self.format,
            let job = json["job"]?.stringValue, let items = json["items"]?.intValue,
            let toDo = json["to_do"]?.intValue, let digest = json["digest"]?.stringValue
        else {
            throw EngineError(
                .notAPlan, "\(path) is no plan of this version of nightshift", facts: ["path": path])
        }
        var versions = json["versions"]?.objectValue?.compactMapValues(\.stringValue) ?? [:]
        versions[""] = json["version"]?.stringValue
        self.init(
            job: job, model: json["model"]?.stringValue, versions: versions, items: items, toDo: toDo, digest: digest)
    }

    /// The plan as it is written to a file.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "format": .string(Self.format), "job": .string(job), "model": model.map(JSONValue.string) ?? .null,
            "version": versions[""].map(JSONValue.string) ?? .null, "items": .number(JSONNumber(items)),
            "to_do": .number(JSONNumber(toDo)), "digest": .string(digest),
        ]
        let ofSteps = versions.filter { !$0.key.isEmpty }
        if !ofSteps.isEmpty { members["versions"] = .object(ofSteps.mapValues(JSONValue.string)) }
        return .object(members)
    }

    // MARK: - Refusing

    /// Whether the plan belongs to a manifest at all.
    func checkJob(of loaded: LoadedManifest) throws(EngineError) {
        let model = loaded.manifest.modelNames
        guard job == loaded.manifest.job else {
            throw EngineError(.planDiffers, "the plan is for job '\(job)', the manifest for '\(loaded.manifest.job)'")
        }
        guard self.model == model else {
            throw refusal("the model was \(self.model ?? "none") and is \(model ?? "none") now")
        }
    }

    /// Whether what the manifest gives now is what was planned. Less to do is fine: the plan is being resumed.
    func check(_ digest: String, toDo: Int) throws(EngineError) {
        guard digest == self.digest else {
            throw refusal("the manifest or its rows give other items now")
        }
        guard toDo <= self.toDo else {
            throw refusal("\(self.toDo) items were to do, \(toDo) are now")
        }
    }

    private func refusal(_ reason: String) -> EngineError {
        EngineError(.planDiffers, "this is not what was planned: \(reason); nothing was sent")
    }
}

/// The digest of the items of a plan, taken one at a time.
struct PlanContent {
    private var hasher = SHA256()
    private(set) var items = 0

    mutating func add(_ item: Item) {
        items += 1
        for text in [item.key, item.digest, item.name] {
            // The length first, so that no two lists of texts look alike.
            withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { hasher.update(bufferPointer: $0) }
            var text = text
            text.withUTF8 { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        }
    }

    var digest: String { "sha256-" + ContentDigest.hex(hasher.finalize()) }
}
