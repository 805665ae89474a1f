import NightshiftCore
import Testing

struct ContentDigestTests {
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func theDigestIsOfTheBytesHoweverTheyAreKept() {
        #expect(ContentDigest.sha256("abc".utf8) == Self.abc)
        #expect(ContentDigest.sha256([97, 98, 99]) == Self.abc)
        #expect(ContentDigest.sha256((97...99).lazy.map { UInt8($0) }) == Self.abc)
        #expect(ContentDigest.sha256(AnySequence("abc".utf8)) == Self.abc)
    }

    @Test func halfOfItIsItsBeginning() {
        #expect(ContentDigest.sha256([97, 98, 99], halved: true) == Self.abc.prefix(32))
        #expect(ContentDigest.sha256([97, 98, 99], halved: false) == Self.abc)
    }

    @Test func anIdentifierHasTheFormOfThePlatformsAndIsTheSameForTheSameText() {
        let identifier = ContentDigest.identifier(of: "a")
        #expect(identifier.count == 26)
        let letters = Set((0..<200).flatMap { ContentDigest.identifier(of: "\($0)") })
        #expect(letters == Set("abcdefghijklmnopqrstuvwxyz234567"))
        #expect(identifier == ContentDigest.identifier(of: "a"))
        #expect(identifier != ContentDigest.identifier(of: "b"))
    }
}
