/// Sizes as people write them: `500MB`, `1.5 GB`, `1000000`. Units are powers of 1000, as disks and networks have them.
package enum ByteSizeText {
    package static let units: [(name: String, bytes: Int64)] = [
        ("B", 1), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// - Returns: the number of bytes, at least 1; `nil` for what is no such size.
    package static func parse(_ text: String) -> Int64? {
        let number = text.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
        var unit = text[number.endIndex...]
        if unit.first == " " { unit = unit.dropFirst() }
        guard let factor = unit.isEmpty ? 1 : units.first(where: { $0.name == unit.uppercased() })?.bytes,
            number.first != ".", number.last != "."
        else { return nil }
        if let count = Int64(number) {
            let (bytes, overflows) = count.multipliedReportingOverflow(by: factor)
            return overflows || bytes < 1 ? nil : bytes
        }
        // Nobody means a part of a byte, nor more than a double counts exactly.
        guard let count = Double(number) else { return nil }
        let bytes = (count * Double(factor)).rounded()
        return (1...9e15).contains(bytes) ? Int64(bytes) : nil
    }
}
