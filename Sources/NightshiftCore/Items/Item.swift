package import LosslessJSON

/// One rendered input with a key: the unit of work.
package struct Item: Hashable, Sendable {
    /// The place in the input set, from 0. It orders results and is no part of the item's identity.
    package var position: Int
    /// The item's identity: the rendered `key` of the manifest, or the content's digest.
    package var key: String
    /// The digest of what is sent, also under an explicit key, so that a changed content is noticed.
    package var digest: String
    /// What is sent, with null where a file goes.
    package var input: JSONValue
    package var files: [ItemFile]
    /// The step that it belongs to; empty in a manifest without `steps`.
    package var step = ""
    /// The items whose results it is made from.
    package var needs: [ItemNeed] = []
    /// What comes into the input from those results.
    package var deferred: [DeferredValue] = []
    /// The output name without number and extension, safe as a relative path.
    package var name: String
    package var origin: RowOrigin
    /// The source row's fields and the values of the matrix: what it was made from, shown and exported.
    package var row: JSONValue
    /// Higher goes first; no part of the identity.
    package var priority: Double
    /// Why it cannot be sent: it fails with this reason without being tried.
    package var problem: String?

    package init(
        position: Int, key: String, digest: String, input: JSONValue, files: [ItemFile] = [], name: String,
        origin: RowOrigin, row: JSONValue = .object([:]), priority: Double = 0, problem: String? = nil
    ) {
        self.position = position
        self.key = key
        self.digest = digest
        self.input = input
        self.files = files
        self.name = name
        self.origin = origin
        self.row = row
        self.priority = priority
        self.problem = problem
    }
}

extension Item {
    /// About as many bytes as it takes, by its texts.
    package var approximateSize: Int { input.approximateSize + row.approximateSize + key.utf8.count + name.utf8.count }
}

extension JSONValue {
    fileprivate var approximateSize: Int {
        switch self {
        case .null, .bool, .number: 16
        case .string(let text): 16 + text.utf8.count
        case .array(let elements): elements.reduce(16) { $0 + $1.approximateSize }
        case .object(let members): members.reduce(16) { $0 + $1.key.utf8.count + $1.value.approximateSize }
        }
    }
}

/// An item that another one is made from.
package struct ItemNeed: Hashable, Sendable {
    /// The step that it belongs to.
    package var step: String
    package var key: String
    package var digest: String

    package init(_ item: Item) {
        step = item.step
        key = item.key
        digest = item.digest
    }
}

/// A file that goes into an item's input.
package struct ItemFile: Hashable, Sendable {
    /// Where in the input it goes.
    package var pointer: [JSONPathStep]
    /// As rendered, relative to the manifest's directory.
    package var path: String
    /// Of the content as it was when the input set was read, in lower-case hex.
    package var sha256: String
    package var size: Int

    package init(pointer: [JSONPathStep], path: String, sha256: String, size: Int) {
        self.pointer = pointer
        self.path = path
        self.sha256 = sha256
        self.size = size
    }
}
