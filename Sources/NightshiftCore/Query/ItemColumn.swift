/// What items can be filtered, sorted and grouped by.
public enum ItemColumn: Hashable, Sendable {
    /// The place in the input order.
    case position
    case name, key, origin, state, step
    /// The class of the failure, and what was said of it.
    case failureClass, failure
    case attempts
    /// When the newest create was sent; when it was begun and done, by the provider's clock; when the item ended.
    case sentAt, startedAt, completedAt, endedAt
    /// Seconds before the newest attempt began, in which it was computed, and in which its files were fetched.
    case waiting, running, download
    /// Seconds from its sending to the item's end.
    case duration
    /// Seconds computed by all attempts, and what they cost by the manifest's prices.
    case predictTime, cost
    case rating, tag, note
    /// The media type of an output.
    case media
    /// A column of the source row, or a name of the matrix.
    case row(String)

    /// The columns that every item has, by the words that people type.
    static let builtIns: [(word: String, column: ItemColumn)] = [
        ("position", .position), ("name", .name), ("key", .key), ("origin", .origin), ("state", .state),
        ("step", .step), ("class", .failureClass), ("failure", .failure), ("attempts", .attempts), ("sent_at", .sentAt),
        ("started_at", .startedAt), ("completed_at", .completedAt), ("ended_at", .endedAt), ("waiting", .waiting),
        ("running", .running), ("download", .download), ("duration", .duration), ("predict_time", .predictTime),
        ("cost", .cost), ("rating", .rating), ("tag", .tag), ("note", .note), ("media", .media),
    ]

    /// The words of the columns that every item has.
    public static var words: [String] { builtIns.map(\.word) }

    private static let rowPrefix = "row."

    /// - Parameter word: a built-in's, such as `state`; else the name of a column of the row, which `row.` may stand before.
    public init(_ word: String) {
        if let builtIn = Self.builtIns.first(where: { $0.word == word }) {
            self = builtIn.column
        } else if word == "failure_class" {
            self = .failureClass
        } else if word.hasPrefix(Self.rowPrefix), word.count > Self.rowPrefix.count {
            self = .row(String(word.dropFirst(Self.rowPrefix.count)))
        } else {
            self = .row(word)
        }
    }

    /// The word that means it in a filter.
    public var word: String {
        guard case .row(let name) = self else {
            return Self.builtIns.first { $0.column == self }?.word ?? ""
        }
        let isAmbiguous = ItemColumn(name) != self
        return isAmbiguous ? Self.rowPrefix + name : name
    }

    /// What its values are.
    public enum Kind: Hashable, Sendable {
        case text, number, time
        /// What may be either.
        case any
    }

    public var kind: Kind {
        switch self {
        case .name, .key, .origin, .state, .step, .failureClass, .failure, .tag, .note, .media: .text
        case .position, .attempts, .waiting, .running, .download, .duration, .predictTime, .cost, .rating: .number
        case .sentAt, .startedAt, .completedAt, .endedAt: .time
        case .row: .any
        }
    }
}

/// In which order items are listed; equal ones in the order of the input.
public struct ItemSort: Hashable, Sendable {
    public var column: ItemColumn
    public var isDescending: Bool

    /// The order of the input.
    public static let position = ItemSort(.position)

    public init(_ column: ItemColumn, isDescending: Bool = false) {
        self.column = column
        self.isDescending = isDescending
    }

    /// - Parameter text: a column's word, with `-` before it for the largest first: `-cost`.
    public init(parsing text: String) {
        let isDescending = text.hasPrefix("-")
        self.init(ItemColumn(isDescending ? String(text.dropFirst()) : text), isDescending: isDescending)
    }

    public var description: String { (isDescending ? "-" : "") + column.word }
}
