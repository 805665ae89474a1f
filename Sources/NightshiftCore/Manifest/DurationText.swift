/// Durations as a manifest writes them: `250ms`, `30s`, `1h30m`.
package enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// The duration of a text, each unit at most once and the larger first; `nil` for anything else.
    package static func parse(_ text: String) -> Duration? {
        var rest = text.utf8[...]
        var total: Int64 = 0
        var lastUnit = -1
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty, digits.count <= 9, let count = Int64(String(digits) ?? "") else { return nil }
            rest = rest.dropFirst(digits.count)
            let name = String(rest.prefix { !(0x30...0x39).contains($0) }) ?? ""
            guard let unit = units.firstIndex(where: { $0.name == name }), unit > lastUnit else { return nil }
            rest = rest.dropFirst(name.utf8.count)
            total += count * units[unit].milliseconds
            lastUnit = unit
        }
        return lastUnit >= 0 ? .milliseconds(total) : nil
    }

    /// The shortest text of a duration.
    package static func format(_ duration: Duration) -> String {
        var rest = duration.milliseconds
        guard rest > 0 else { return "0s" }
        var text = ""
        for unit in units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text
    }
}
