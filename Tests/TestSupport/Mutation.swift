import NightshiftCore

/// Bytes that are almost right: the inputs of fuzz tests, the same on every run.
package struct Mutation {
    private var generator: SeededGenerator
    private let seeds: [[UInt8]]
    private let alphabet: [UInt8]

    /// - Parameter alphabet: characters that mean something to the parser.
    package init(of seeds: [String], alphabet: String, seed: UInt64) {
        self.seeds = seeds.map { Array($0.utf8) }
        self.alphabet = Array(alphabet.utf8)
        generator = SeededGenerator(seed: seed)
    }

    package mutating func next() -> [UInt8] {
        var bytes = seeds.randomElement(using: &generator)!
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(alphabet.randomElement(using: &generator)!, at: place)
            case 4: bytes.removeSubrange(place...)
            case 5:
                let end = Int.random(in: place..<bytes.count, using: &generator)
                bytes.insert(contentsOf: bytes[place...end], at: place)
            default:
                let other = seeds.randomElement(using: &generator)!
                bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &generator)))
            }
        }
        return bytes
    }

    /// Lets others run now and then: there is a thread for each core, and tests that talk to servers wait for one.
    package static func pause(_ round: Int) async {
        if round.isMultiple(of: 100) { await Task.yield() }
    }

    /// A place to cut the bytes in two.
    package mutating func cut(_ bytes: [UInt8]) -> Int {
        Int.random(in: 0...bytes.count, using: &generator)
    }
}
