extension Sequence<UInt8> {
    /// The bytes as lower-case hexadecimal digits.
    package var hexText: String {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
        let bytes = Array(self)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            var end = 0
            for byte in bytes {
                text.initializeElement(at: end, to: digit(byte >> 4))
                text.initializeElement(at: end + 1, to: digit(byte & 15))
                end += 2
            }
            return end
        }
    }
}
