extension ValueDecoding: Decoder {
    var userInfo: [CodingUserInfoKey: Any] { decoder.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = json else { throw mismatch([String: JSONValue].self, "an object") }
        return KeyedDecodingContainer(KeyedValues(members: members, of: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = json else { throw mismatch([JSONValue].self, "a list") }
        return ListedValues(elements: elements, of: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension ValueDecoding: SingleValueDecodingContainer {
    func decodeNil() -> Bool { json.isNull }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(of: type) }
    func decode(_ type: Bool.Type) throws -> Bool { try bool() }
    func decode(_ type: String.Type) throws -> String { try string() }
    func decode(_ type: Double.Type) throws -> Double { try floating() }
    func decode(_ type: Float.Type) throws -> Float { try floating() }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
}

/// The members of an object.
private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let members: [String: JSONValue]
    private let parent: ValueDecoding

    init(members: [String: JSONValue], of parent: ValueDecoding) {
        self.parent = parent
        if case .asWritten = parent.decoder.keys {
            self.members = members
        } else {
            // Of two keys that become one name, the one that is written so already counts, else the last in the alphabet.
            var renamed: [String: JSONValue] = [:]
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                let name = parent.decoder.keys.name(for: key)
                if name == key || members[name] == nil { renamed[name] = member }
            }
            self.members = renamed
        }
    }

    var codingPath: [any CodingKey] { parent.codingPath }
    var allKeys: [Key] { members.keys.sorted().compactMap(Key.init(stringValue:)) }

    private func scalar(_ key: Key) throws -> ValueDecoding {
        guard let member = members[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "there is no '\(key.stringValue)'"))
        }
        return parent.member(member, key)
    }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try scalar(key).json.isNull }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try scalar(key).value(of: type)
    }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try scalar(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try scalar(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try scalar(key).floating() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try scalar(key).floating() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try scalar(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try scalar(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try scalar(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try scalar(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try scalar(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try scalar(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try scalar(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try scalar(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try scalar(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try scalar(key).integer() }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try scalar(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try scalar(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { parent.member(members["super"] ?? .null, ValueKey("super")) }
    func superDecoder(forKey key: Key) throws -> any Decoder { parent.member(members[key.stringValue] ?? .null, key) }
}

/// The elements of a list, one after the other.
private struct ListedValues: UnkeyedDecodingContainer {
    private let elements: [JSONValue]
    private let parent: ValueDecoding
    private(set) var currentIndex = 0

    init(elements: [JSONValue], of parent: ValueDecoding) {
        self.elements = elements
        self.parent = parent
    }

    var codingPath: [any CodingKey] { parent.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    /// An element that does not fit is not passed over.
    private mutating func next<Value>(_ type: Any.Type, _ body: (ValueDecoding) throws -> Value) throws -> Value {
        let key = ValueKey(index: currentIndex)
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                .init(codingPath: codingPath + [key], debugDescription: "the list has only \(elements.count) elements"))
        }
        let value = try body(parent.member(elements[currentIndex], key))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next(type) { try $0.value(of: type) }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type) { try $0.bool() } }
    mutating func decode(_ type: String.Type) throws -> String { try next(type) { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type) { try $0.floating() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next(type) { try $0.floating() } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next(type) { try $0.integer() } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next(type) { try $0.integer() } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next(type) { try $0.integer() } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next(type) { try $0.integer() } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next(type) { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next([JSONValue].self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next(JSONValue.self) { $0 } }
}
