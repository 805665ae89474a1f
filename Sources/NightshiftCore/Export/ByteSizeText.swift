/// Sizes as people write them: `500MB`, `3 GB`, `1000000`. Units are powers of 1000, as disks have them.
package enum ByteSizeText {
    package static let units: [(name: String, bytes: Int64)] = [
        ("B", 1), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// - Returns: the number of bytes, at least 1; `nil` for what is no such size.
    package static func parse(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        var unit = text[digits.endIndex...]
        if unit.first == " " { unit = unit.dropFirst() }
        guard let count = Int64(digits), count > 0,
            let factor = unit.isEmpty ? 1 : units.first(where: { $0.name == unit.uppercased() })?.bytes
        else { return nil }
        let (bytes, overflows) = count.multipliedReportingOverflow(by: factor)
        return overflows ? nil : bytes
    }
}
