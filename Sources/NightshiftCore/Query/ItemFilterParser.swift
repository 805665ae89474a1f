import Foundation
import ReplicateAPI

/// Reads filters as people type them.
struct ItemFilterParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private let timeZone: TimeZone

    init(_ text: String, timeZone: TimeZone) {
        scalars = Array(text.unicodeScalars)
        self.timeZone = timeZone
    }

    mutating func terms() throws(ItemFilterError) -> [ItemFilter.Term] {
        var terms: [ItemFilter.Term] = []
        while true {
            while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
            guard index < scalars.count else { return terms }
            terms.append(try term())
        }
    }

    private mutating func term() throws(ItemFilterError) -> ItemFilter.Term {
        let start = index
        var isNegated = false
        if scalars[index] == "-", index + 1 < scalars.count, !scalars[index + 1].properties.isWhitespace {
            isNegated = true
            index += 1
        }
        let first = try word(from: start, until: { Self.isSign($0) })
        guard index < scalars.count, Self.isSign(scalars[index]) else {
            return ItemFilter.Term(.text(first.text), isNegated: isNegated)
        }
        guard !first.text.isEmpty else {
            throw error(from: start, "a column's name is missing before the sign, as in state=failed")
        }
        let comparison = try sign(from: start)
        var words: [Word] = []
        repeat {
            if !words.isEmpty { index += 1 }
            words.append(try word(from: start, until: { $0 == "," }))
        } while index < scalars.count && scalars[index] == ","
        let column = ItemColumn(first.text)
        var values: [ItemFilter.Value] = []
        for word in words { values.append(try value(word, of: column, comparison, from: start)) }
        return ItemFilter.Term(.column(column, comparison, values), isNegated: isNegated)
    }

    // MARK: - Words and signs

    private struct Word {
        var text: String
        var isQuoted: Bool
    }

    private static func isSign(_ scalar: Unicode.Scalar) -> Bool { "=<>!~".unicodeScalars.contains(scalar) }

    /// A word, or what stands between quotation marks: there `\"` is a quotation mark and `\\` a backslash.
    private mutating func word(
        from start: Int, until isEnd: (Unicode.Scalar) -> Bool
    ) throws(ItemFilterError) -> Word {
        var text = String.UnicodeScalarView()
        if index < scalars.count, scalars[index] == "\"" {
            index += 1
            while index < scalars.count, scalars[index] != "\"" {
                if scalars[index] == "\\", index + 1 < scalars.count, "\"\\".unicodeScalars.contains(scalars[index + 1])
                {
                    index += 1
                }
                text.append(scalars[index])
                index += 1
            }
            guard index < scalars.count else { throw error(from: start, "the quotation mark is never closed") }
            index += 1
            return Word(text: String(text), isQuoted: true)
        }
        while index < scalars.count, !scalars[index].properties.isWhitespace, !isEnd(scalars[index]) {
            text.append(scalars[index])
            index += 1
        }
        return Word(text: String(text), isQuoted: false)
    }

    private mutating func sign(from start: Int) throws(ItemFilterError) -> ItemFilter.Comparison {
        for comparison in ItemFilter.Comparison.allCases {
            let sign = Array(comparison.rawValue.unicodeScalars)
            if scalars[index...].starts(with: sign) {
                index += sign.count
                return comparison
            }
        }
        throw error(from: start, "expected one of = != > >= < <= ~")
    }

    private func error(from start: Int, _ reason: String) -> ItemFilterError {
        var end = index
        while end < scalars.count, !scalars[end].properties.isWhitespace { end += 1 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<end])
        return ItemFilterError(term: String(text), reason: reason)
    }

    // MARK: - Values

    private func value(
        _ word: Word, of column: ItemColumn, _ comparison: ItemFilter.Comparison, from start: Int
    ) throws(ItemFilterError) -> ItemFilter.Value {
        let text = word.text
        guard !text.isEmpty || word.isQuoted else {
            throw error(from: start, "a value is missing after the sign; write \"\" for an empty text")
        }
        let isEquality = comparison == .equal || comparison == .notEqual
        if !word.isQuoted, text == "none", isEquality { return .missing }
        if comparison == .contains { return .text(text) }
        switch column.kind {
        case .text:
            if column == .state { try checkState(text, from: start) }
            return .text(text)
        case .number:
            guard let number = Self.number(text) else {
                throw error(from: start, "'\(column.word)' is a number, such as 30 or 0.5")
            }
            return .number(number, text)
        case .time:
            guard let time = time(text) else {
                throw error(
                    from: start,
                    "'\(column.word)' is a time, such as 2026-11-28, 2026-11-28T02:30 or 2026-11-28T02:30:00Z")
            }
            return .time(time)
        case .any:
            if !word.isQuoted, let number = Self.number(text) { return .number(number, text) }
            return .text(text)
        }
    }

    private func checkState(_ text: String, from start: Int) throws(ItemFilterError) {
        guard ItemState(rawValue: text) == nil else { return }
        throw error(from: start, NearestName.help(for: text, among: ItemState.allCases.map(\.rawValue)))
    }

    private static func number(_ text: String) -> Double? {
        guard let number = Double(text), number.isFinite, !text.lowercased().contains("x") else { return nil }
        return number
    }

    private func time(_ text: String) -> Int64? {
        if let date = APITime.parse(text) { return Timestamp(date).milliseconds }
        let parts = text.split(whereSeparator: { "T- :".contains($0) }).map { Int($0) }
        guard (3...6).contains(parts.count), !parts.contains(nil) else { return nil }
        let numbers = parts.compactMap { $0 } + [0, 0, 0]
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let date = DateComponents(
            calendar: calendar, year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3],
            minute: numbers[4], second: numbers[5])
        guard date.isValidDate(in: calendar), let date = calendar.date(from: date) else { return nil }
        return Timestamp(date).milliseconds
    }

    // MARK: - Writing

    /// A word as it has to be typed.
    static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && !text.unicodeScalars.contains { scalar in
                scalar.properties.isWhitespace || isSign(scalar) || scalar == "," || scalar == "\"" || scalar == "\\"
            }
        if isPlain, !text.hasPrefix("-") { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
