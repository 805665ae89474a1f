/// Rates as people write them: `600/min`, `10/s`, `1000/h`, or `unlimited`.
package enum RateText {
    static let units: [(name: String, seconds: Int)] = [("s", 1), ("min", 60), ("h", 3600)]

    /// The rate of a text; `nil` for anything else.
    package static func parse(_ text: String) -> RateSettings.Choice? {
        if text == "unlimited" { return .unlimited }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(parts[0]),
            (1...1_000_000).contains(count), let unit = units.first(where: { $0.name == parts[1] })
        else { return nil }
        return .limit(RateLimit(count: count, per: .seconds(unit.seconds)))
    }

    /// The text of a limit; `nil` is no limit.
    package static func format(_ limit: RateLimit?) -> String {
        guard let limit else { return "unlimited" }
        let unit = units.first { .seconds($0.seconds) == limit.per }
        return "\(limit.count)/\(unit?.name ?? DurationText.format(limit.per))"
    }
}
