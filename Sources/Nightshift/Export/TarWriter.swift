/// Writes a tar archive by the format USTAR of POSIX, as every program that knows archives reads it: regular files only, with nothing
/// in their headers that differs from one machine or time to another, so that equal files make equal archives.
struct TarWriter {
    private static let block = 512
    /// Archives are as long as a whole number of records, as tapes wanted them.
    private static let record = 20 * block
    private static let longestName = 100
    private static let longestPrefix = 155
    /// What eleven octal digits hold.
    private static let largestOctal: Int64 = 0o77_777_777_777

    private let file: LineFile
    /// The bytes that were written so far.
    private(set) var size: Int64 = 0

    /// - Parameter name: that of the archive.
    init(_ name: String, in directory: OutputDirectory, parts: ExportParts) throws(ExportError) {
        file = try LineFile(name, in: directory, parts: parts)
    }

    /// Whether a header has room for a name: 100 bytes, or with a slash that parts it into at most 155 and 100.
    static func fits(_ name: String) -> Bool { parts(of: Array(name.utf8)) != nil }

    /// How much a file of a size adds to an archive.
    static func room(for size: Int64) -> Int64 {
        Int64(block) + (size + Int64(block) - 1) / Int64(block) * Int64(block)
    }

    /// Adds a file that is in memory.
    /// - Parameter name: one that ``fits(_:)``.
    mutating func add(_ name: String, _ bytes: [UInt8]) throws(ExportError) {
        try file.append(bytes: Self.header(name, size: Int64(bytes.count)))
        try file.append(bytes: bytes)
        try pad(after: Int64(bytes.count))
    }

    /// Adds an open file, which must be as long as it is said to be.
    mutating func add(_ name: String, from source: Descriptor, size: Int64, path: String) throws(ExportError) {
        try file.append(bytes: Self.header(name, size: size))
        try file.append(from: source, count: size, path: path)
        try pad(after: size)
    }

    /// Writes the end of the archive, which appears under its name.
    mutating func finish() throws(ExportError) {
        let end = size + 2 * Int64(Self.block)
        let whole = (end + Int64(Self.record) - 1) / Int64(Self.record) * Int64(Self.record)
        try file.append(bytes: [UInt8](repeating: 0, count: Int(whole - size)))
        size = whole
        try file.finish()
    }

    /// Removes what was written so far.
    func discard() { file.discard() }

    private mutating func pad(after count: Int64) throws(ExportError) {
        let room = Self.room(for: count)
        let padding = Int(room - Int64(Self.block) - count)
        if padding > 0 { try file.append(bytes: [UInt8](repeating: 0, count: padding)) }
        size += room
    }

    // MARK: - Headers

    /// The two fields that a name is written to.
    private static func parts(of name: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
        if name.count <= longestName { return name.isEmpty ? nil : ([], name[...]) }
        // The first slash that leaves few enough behind it leaves the fewest before it.
        guard
            let slash = name.indices.dropFirst().dropLast().first(where: { index in
                name[index] == UInt8(ascii: "/") && name.count - index - 1 <= longestName
            }), slash <= longestPrefix
        else { return nil }
        return (name[..<slash], name[(slash + 1)...])
    }

    static func header(_ name: String, size: Int64) throws(ExportError) -> [UInt8] {
        guard let (prefix, rest) = parts(of: Array(name.utf8)) else {
            throw ExportError(message: "the name '\(name)' is too long for a tar archive")
        }
        var header = [UInt8](repeating: 0, count: block)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
        }
        put(rest, at: 0)
        put("0000644\0".utf8, at: 100)
        // Nobody's, of the beginning of time.
        put("0000000\0".utf8, at: 108)
        put("0000000\0".utf8, at: 116)
        put(number(size), at: 124)
        put("00000000000\0".utf8, at: 136)
        put("0".utf8, at: 156)
        put("ustar\u{0}00".utf8, at: 257)
        put("0000000\0".utf8, at: 329)
        put("0000000\0".utf8, at: 337)
        put(prefix, at: 345)
        // The sum counts its own field as spaces.
        let sum = header.reduce(8 * 0x20) { $0 + Int($1) }
        put(octal(Int64(sum), digits: 6).utf8, at: 148)
        put([0, 0x20], at: 154)
        return header
    }

    /// Sizes from 8 GB on do not fit the octal digits, and are written as GNU's tar, Python and BSD's have agreed on: as bytes, with a
    /// mark in the first.
    private static func number(_ size: Int64) -> [UInt8] {
        guard size > largestOctal else { return Array("\(octal(size, digits: 11))\0".utf8) }
        var field = [UInt8](repeating: 0, count: 12)
        for index in 0..<8 { field[11 - index] = UInt8(truncatingIfNeeded: size >> (8 * Int64(index))) }
        field[0] = 0x80
        return field
    }

    private static func octal(_ number: Int64, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
