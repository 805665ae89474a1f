package import LosslessJSON

/// A person wants an item made again that has a result.
package struct RedoOrder: Hashable, Sendable {
    package var key: String
    /// Members of the input that are sent otherwise than the manifest says.
    package var changes: [String: JSONValue]

    package init(key: String, changes: [String: JSONValue] = [:]) {
        self.key = key
        self.changes = changes
    }

    /// The changes as they are kept with the item.
    package var json: JSONValue { .object(changes) }
}
