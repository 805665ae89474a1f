/// The colours of one poster.
struct PosterPalette: Sendable {
    /// The sky from the top to the horizon.
    var sky: [Colour]
    var light: Colour
    /// The farthest and the nearest hills.
    var far: Colour
    var near: Colour
    /// Lamps and windows.
    var lamp: Colour
    /// How bright the stars are, from 0 to 1.
    var stars: Float
    static let paper = Colour(0xF5EEDF)

    private static let palettes: [PosterStyle: [PosterPalette]] = [
        .dawn: [
            make(
                [0x3F5F8F, 0x9C8FB5, 0xEDB3A4, 0xFBE3BC], light: 0xFFF6DC, far: 0xC7A3B0, near: 0x2B2A47, stars: 0.15),
            make([0x2F6F7E, 0x7FB3A8, 0xF3D3A2, 0xFCE9CB], light: 0xFFF3D0, far: 0xA9BFAE, near: 0x1D3B3F, stars: 0.1),
            make(
                [0x5A4A82, 0xC583A6, 0xF6B8A0, 0xFFE6C2], light: 0xFFF1D6, far: 0xC996A6, near: 0x33234A, stars: 0.15),
        ],
        .day: [
            make([0x2E86B7, 0x6DB5D4, 0xB9DEE2, 0xFBF1DA], light: 0xFFFBEA, far: 0x9FC6BB, near: 0x17454A, stars: 0),
            make([0x2A7F9E, 0x79BFBF, 0xD7E4C6, 0xFCEFD0], light: 0xFFF8DF, far: 0xB3C79C, near: 0x27472F, stars: 0),
        ],
        .dusk: [
            make(
                [0x2A1B4E, 0x7B2F6B, 0xE2605C, 0xFFC078], light: 0xFFE7B0, far: 0xA54C6C, near: 0x1A1030, stars: 0.35),
            make([0x14304F, 0x3E5C86, 0xD97C6B, 0xFFCB8A], light: 0xFFE9BD, far: 0x8C5B77, near: 0x0F1830, stars: 0.3),
            make(
                [0x3B1530, 0xA12F4B, 0xF0793E, 0xFFC864], light: 0xFFE59A, far: 0xB24A45, near: 0x250D22, stars: 0.25),
        ],
        .night: [
            make([0x050A1E, 0x10234B, 0x27497A, 0x6E8FB0], light: 0xF6F2E0, far: 0x35547F, near: 0x050914, stars: 1),
            make([0x08081C, 0x241B50, 0x49397F, 0x9A7CA8], light: 0xFBEFE0, far: 0x4E4382, near: 0x08061A, stars: 1),
            make([0x03141C, 0x07303F, 0x125A63, 0x5FA39A], light: 0xF0F7E4, far: 0x1F6169, near: 0x020D13, stars: 1),
        ],
    ]

    private static func make(
        _ sky: [UInt32], light: UInt32, far: UInt32, near: UInt32, stars: Float
    ) -> PosterPalette {
        PosterPalette(
            sky: sky.map { Colour($0) }, light: Colour(light), far: Colour(far), near: Colour(near),
            lamp: Colour(0xFFD98A), stars: stars)
    }

    static func choose(_ style: PosterStyle, using random: inout SeededGenerator) -> PosterPalette {
        random.element(of: palettes[style] ?? [])
    }

    /// The colour of hills at a depth from 0, far away, to 1.
    func hill(_ depth: Float) -> Colour {
        far.mixed(with: near, depth)
    }

    var horizon: Colour { sky[sky.count - 1] }
}
