package import NightshiftCore

/// What an expanded input set meant for the store.
package struct SynchronizationReport: Hashable, Sendable {
    /// Items of the manifest.
    package var items = 0
    package var new = 0
    /// Known under their key, with another content: they run again.
    package var changed = 0
    /// Known with the same content, and succeeded: they are kept.
    package var done = 0
    /// Of those that had results before: made again, since their rows, keys or output names are there with another content.
    package var remade = 0
    /// All that had results before.
    package var hadResults = 0
    /// Known with the same content, and failed or held.
    package var failed = 0
    /// Known with the same content, and not finished.
    package var unfinished = 0
    /// Fail without being tried, because they cannot be sent.
    package var invalid = 0
    /// No longer in the manifest.
    package var withdrawn = 0
    /// Rows that give the same item as an earlier row.
    package var repeated = 0
    /// Two items under one key, or with one output name; nothing is changed if there is one.
    package var conflicts: [ItemConflict] = []
    package var conflictCount = 0

    package init() {}

    /// What a run would create, or has created and not finished.
    package var toDo: Int { new + changed + unfinished }

    private static let listedConflicts = 20

    mutating func add(_ conflict: ItemConflict) {
        conflictCount += 1
        if conflicts.count < Self.listedConflicts { conflicts.append(conflict) }
    }

    /// Counts an item that is known with the same content.
    mutating func count(_ state: ItemState?, isInvalid: Bool) {
        switch state {
        case .succeeded: done += 1
        case .failed, .canceled, .held: failed += 1
        case .pending where isInvalid: break
        default: unfinished += 1
        }
    }
}

/// Two items of an input set that cannot be told apart.
package struct ItemConflict: Hashable, Sendable, CustomStringConvertible {
    /// Where the later one's row stands.
    package var place: String
    /// What is wrong, in a sentence.
    package var text: String
    /// The sentence about all conflicts of this kind.
    package var title: String

    package var diagnostic: Diagnostic { Diagnostic(text, at: SourceLocation(file: place)) }

    package var description: String { "\(place): \(text)" }
}
