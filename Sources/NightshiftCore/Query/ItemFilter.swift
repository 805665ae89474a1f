public import Foundation

/// Which items of a run are meant: all of its terms must hold.
///
/// As text it is what people type: `state=failed,canceled style!=dawn duration>30 rating>=4 prompt~lighthouse "a storm"`.
public struct ItemFilter: Hashable, Sendable {
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case notEqual = "!="
        case atLeast = ">="
        case atMost = "<="
        case equal = "="
        case more = ">"
        case less = "<"
        /// The value is a part of it, in upper or lower case.
        case contains = "~"
    }

    public enum Value: Hashable, Sendable {
        case text(String)
        /// As it was typed too, since the column may hold texts.
        case number(Double, String)
        /// Milliseconds since 1970.
        case time(Int64)
        /// `none`: nothing is known or given.
        case missing
    }

    public struct Term: Hashable, Sendable {
        public enum Subject: Hashable, Sendable {
            /// With any of the values.
            case column(ItemColumn, Comparison, [Value])
            /// A text in the name, the origin, the input or the output.
            case text(String)
        }

        public var subject: Subject
        public var isNegated: Bool

        public init(_ subject: Subject, isNegated: Bool = false) {
            self.subject = subject
            self.isNegated = isNegated
        }
    }

    public var terms: [Term]

    /// All items.
    public init(_ terms: [Term] = []) {
        self.terms = terms
    }

    /// - Parameters:
    ///   - text: terms with spaces between them.
    ///   - timeZone: of times that name none.
    /// - Throws: ``ItemFilterError`` for the first term that cannot be understood.
    public init(parsing text: String, timeZone: TimeZone = .current) throws(ItemFilterError) {
        var parser = ItemFilterParser(text, timeZone: timeZone)
        terms = try parser.terms()
    }

    /// The text that means one value of a column.
    public static func text(_ column: ItemColumn, equals value: String?) -> String {
        let name = ItemFilterParser.quoted(column.word)
        guard let value else { return "\(name)=none" }
        return "\(name)=\(value == "none" ? "\"none\"" : ItemFilterParser.quoted(value))"
    }
}

/// A term of a filter cannot be understood.
public struct ItemFilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As it was typed.
    public var term: String
    /// What is wrong with it, and what would be right.
    public var reason: String

    public var description: String { "'\(term)': \(reason)" }
}
