/// Sizes as a manifest writes them: `20000`, `20KB`, `1.5MB`, by thousands as disks and networks count.
enum ByteSizeText {
    private static let units: [(name: String, bytes: Double)] = [
        ("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("kB", 1e3), ("B", 1),
    ]

    /// The bytes of a text; `nil` for anything else.
    static func parse(_ text: String) -> Double? {
        let unit = units.first { text.hasSuffix($0.name) }
        let number = text.dropLast(unit?.name.count ?? 0)
        let digits = number.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        let dot = UInt8(ascii: ".")
        guard digits, number.utf8.first != dot, number.utf8.last != dot, let value = Double(number) else { return nil }
        return (value * (unit?.bytes ?? 1)).rounded()
    }
}
