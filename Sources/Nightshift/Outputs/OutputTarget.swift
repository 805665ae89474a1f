package import NightshiftCore

/// Who a file in an output directory belongs to. It is written on the file itself, because several jobs may share the
/// directory, and each knows its own files alone.
struct FileOwner: Hashable, Sendable {
    /// The identity of the job's store.
    var store: String
    var item: ItemID

    init(store: String, item: ItemID) {
        self.store = store
        self.item = item
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let item = Int64(parts[1]) else { return nil }
        self.init(store: String(parts[0]), item: ItemID(item))
    }

    var text: String { "\(store):\(item.rawValue)" }
}

/// Where an output goes, and what is known of that place.
package struct OutputTarget: Sendable {
    /// Inside the directory; reserved for this output in the store.
    package var path: String
    /// The place of the output among those of its item.
    var place: Int
    var owner: FileOwner
    /// The store has had a whole file under this path before, which this one replaces.
    var replaces = false
    /// An earlier session may have put the file in its place already without recording it.
    var isResumed = false
    /// Reserves another path for the output: the wished one, or one beside it that nobody has.
    var move: @Sendable (_ wished: String) async throws(FetchFailure) -> String

    /// The name of the file while it is not whole: hidden, and no other output of any job has it.
    /// - Parameter content: the digest of the content to come, if it is known; only such a part can be resumed by another
    ///   process, because only then can the whole be verified.
    func partName(content: String? = nil) -> String {
        Self.partName(owner: owner.store, item: owner.item, place: place, content: content)
    }

    package static func partName(owner: String, item: ItemID, place: Int, content: String?) -> String {
        ".\(owner)-\(item.rawValue)-\(place)\(content.map { ".\($0)" } ?? "").nightshift.part"
    }

    /// The path with another extension, or `nil` if it has that one already.
    func path(withExtension fileExtension: String?) -> String? {
        guard let fileExtension else { return nil }
        let fitting = OutputNaming.path(path, withExtension: fileExtension)
        return fitting == path ? nil : fitting
    }

    /// Whether what lies at the path may be replaced: it is this job's own.
    /// - Parameter isSame: whether it has the very content that is to be put there; asked only if need be.
    func owns(_ path: String, isSame: () -> Bool) -> Bool {
        if let owner = FileSystemCalls.owner(of: path) { return FileOwner(owner)?.store == self.owner.store }
        // Written by an earlier version, or where files cannot say whose they are.
        return replaces || (isResumed && isSame())
    }
}
