package import LosslessJSON

/// Numbers from one to another, both included, computed in decimal so that 0.1 steps stay exact.
package struct NumberRange: Hashable, Sendable {
    /// In units of 10^-`decimals`.
    private let from: Int
    private let to: Int
    private let step: Int
    private let decimals: Int

    /// A range, or `nil` if a step of this size never leads from one end to the other or the numbers are too long.
    package init?(from: JSONNumber, to: JSONNumber, step: JSONNumber? = nil) {
        let numbers = [from, to] + (step.map { [$0] } ?? [])
        guard let parts = NumberRange.scale(numbers) else { return nil }
        let step = parts.values.count > 2 ? parts.values[2] : NumberRange.unit(parts.decimals)
        self.init(from: parts.values[0], to: parts.values[1], step: step, decimals: parts.decimals)
    }

    private init?(from: Int, to: Int, step: Int, decimals: Int) {
        guard step != 0, from == to || (from < to) == (step > 0) else { return nil }
        guard !to.subtractingReportingOverflow(from).overflow else { return nil }
        self.from = from
        self.to = to
        self.step = step
        self.decimals = decimals
    }

    package var count: Int { (to - from) / step + 1 }

    /// The `index`-th number, from 0.
    package func number(at index: Int) -> JSONNumber {
        let value = from + index * step
        guard decimals > 0 else { return JSONNumber(value) }
        let unit = NumberRange.unit(decimals)
        let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: UInt(unit))
        var digits = String(fraction)
        digits = String(repeating: "0", count: decimals - digits.utf8.count) + digits
        while digits.last == "0" { digits.removeLast() }
        let literal = "\(value < 0 ? "-" : "")\(whole)" + (digits.isEmpty ? "" : ".\(digits)")
        return JSONNumber(literal: literal) ?? JSONNumber(Int(whole))
    }

    private static func unit(_ decimals: Int) -> Int {
        (0..<decimals).reduce(1) { unit, _ in unit * 10 }
    }

    /// The numbers as integers of one common unit.
    private static func scale(_ numbers: [JSONNumber]) -> (values: [Int], decimals: Int)? {
        var parts: [(digits: String, decimals: Int)] = []
        for number in numbers {
            if let value = number.intValue {
                parts.append((String(value), 0))
                continue
            }
            let pieces = number.literal.split(separator: ".", omittingEmptySubsequences: false)
            guard pieces.count == 2, Int(pieces[1]) != nil else { return nil }
            parts.append((String(pieces[0] + pieces[1]), pieces[1].utf8.count))
        }
        let decimals = parts.map(\.decimals).max() ?? 0
        guard decimals <= 9 else { return nil }
        var values: [Int] = []
        for part in parts {
            guard let value = Int(part.digits + String(repeating: "0", count: decimals - part.decimals)),
                value.magnitude < 1 << 60
            else { return nil }
            values.append(value)
        }
        return (values, decimals)
    }
}
