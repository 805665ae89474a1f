/// Composes a poster: a landscape in layers, a motif that the prompt names, a frame and a title.
///
/// Everything follows from the request; the same request gives the same bytes on every machine.
struct PosterScene {
    /// What stands in the landscape.
    enum Motif: CaseIterable {
        case lighthouse, boats, observatory, train, town, forest, dunes, peaks

        /// The words of a prompt that ask for it.
        var words: [String] {
            switch self {
            case .lighthouse: ["lighthouse", "beacon"]
            case .boats: ["harbour", "harbor", "boat", "ship", "sail", "sea", "ocean", "island", "coast", "lake"]
            case .observatory: ["observatory", "telescope", "milky", "galaxy", "stars", "astronom"]
            case .train: ["train", "railway", "viaduct", "bridge"]
            case .town: ["town", "city", "village", "house", "street", "skyline", "castle"]
            case .forest: ["forest", "tree", "wood", "pine", "fox", "bear", "deer"]
            case .dunes: ["desert", "dune", "sand", "camel", "pyramid"]
            case .peaks: ["mountain", "peak", "alp", "summit", "valley", "volcano"]
            }
        }

        var hasWater: Bool { self == .lighthouse || self == .boats }

        func isMeant(by word: String) -> Bool {
            // Whole words, plurals, and what begins like a long one: "astronomer", but no "season" for "sea".
            words.contains { word == $0 || word == $0 + "s" || ($0.count > 4 && word.hasPrefix($0)) }
        }
    }

    let request: PosterRequest
    /// The prompt in lower case.
    let words: [String]
    let motif: Motif
    var random: SeededGenerator
    let palette: PosterPalette
    let terrain: Terrain
    let canvas: Canvas
    /// The picture inside the frame.
    let left: Float
    let top: Float
    let right: Float
    let bottom: Float
    /// Where the sky ends.
    let horizon: Float
    let sun: Point

    init(_ request: PosterRequest) {
        self.request = request
        words = request.prompt.lowercased().split { !$0.isLetter }.map(String.init)
        var random = SeededGenerator(
            text: request.prompt + request.style.rawValue, seed: UInt64(bitPattern: Int64(request.seed)))
        let named = words.lazy.compactMap { word in Motif.allCases.first { $0.isMeant(by: word) } }.first
        motif = named ?? random.element(of: Motif.allCases)
        palette = PosterPalette.choose(request.style, using: &random)
        terrain = Terrain(using: &random)
        canvas = Canvas(width: request.width, height: request.height, background: PosterPalette.paper)
        let (width, height) = (Float(request.width), Float(request.height))
        let margin = (min(width, height) * 0.055).rounded()
        left = margin
        top = margin
        right = width - margin
        bottom = (height - margin - (height > 150 ? max(margin * 1.6, height * 0.09) : 0)).rounded()
        let picture = bottom - top
        horizon = top + picture * Float(random.number(in: motif.hasWater ? 0.58...0.66 : 0.6...0.7))
        let side = random.happens(0.5) ? 0.36 : 0.64
        sun = Point(
            left + (right - left) * Float(side + random.number(in: -0.06...0.06)),
            horizon - picture
                * Float(request.style == .night ? random.number(in: 0.3...0.42) : random.number(in: 0.08...0.2)))
        self.random = random
    }

    var width: Float { right - left }
    var height: Float { bottom - top }
    /// One hundredth of the smaller side, which sizes are given in.
    var unit: Float { min(width, height) / 100 }

    func png() -> [UInt8] {
        var scene = self
        scene.draw()
        return PNG.encode(canvas.bytes, width: canvas.width, height: canvas.height)
    }

    private mutating func draw() {
        var scene = self
        canvas.clipped(left: Int(left), top: Int(top), right: Int(right), bottom: Int(bottom)) {
            scene.drawSky()
            scene.drawClouds()
            if scene.motif.hasWater { scene.drawSea() } else { scene.drawHills() }
            scene.drawMotif()
            scene.drawWeather()
        }
        drawTitle()
    }

    /// Whether a word of the prompt begins with one of these.
    private func speaks(of beginnings: String...) -> Bool {
        words.contains { word in beginnings.contains { word.hasPrefix($0) } }
    }

    // MARK: - Sky

    private mutating func drawSky() {
        let share = (horizon - top) / height
        let last = palette.sky.count - 1
        var stops = palette.sky.enumerated().map { index, colour in
            (at: share * Float(index) / Float(last), colour: colour)
        }
        stops.append((at: 1, colour: palette.horizon))
        canvas.fill(with: stops)
        drawStars()
        drawRays()
        let radius = unit * Float(request.style == .night ? random.number(in: 6...8) : random.number(in: 9...13))
        canvas.glow(sun, radius: unit * 62, palette.light, strength: request.style == .night ? 0.25 : 0.5)
        canvas.glow(sun, radius: radius * 2.6, palette.light, strength: 0.55)
        if request.style == .night, random.happens(0.6) {
            drawCrescent(radius: radius)
        } else {
            canvas.disc(sun, radius: radius, palette.light)
        }
    }

    /// A moon of which an outer and an inner arc are left, leaning to the side.
    private func drawCrescent(radius: Float) {
        func point(_ angle: Float, bulge: Float) -> Point {
            let (x, y) = (-Sine.sin(angle) * radius * bulge, -Sine.cos(angle) * radius)
            let lean: Float = 0.45
            return Point(
                sun.x + x * Sine.cos(lean) - y * Sine.sin(lean), sun.y + x * Sine.sin(lean) + y * Sine.cos(lean))
        }
        let steps = (0...48).map { Float($0) / 48 * .pi }
        canvas.polygon(
            steps.map { point($0, bulge: 1) } + steps.reversed().map { point($0, bulge: 0.42) }, palette.light)
    }

    private mutating func drawStars() {
        guard palette.stars > 0 else { return }
        let isGalaxy = motif == .observatory
        let count = Int(palette.stars * (isGalaxy ? 380 : 170))
        for _ in 0..<count {
            let point = Point(
                left + width * Float(random.unit()), top + (horizon - top) * Float(pow2(random.unit())) * 0.95)
            let size = Float(random.unit() * random.unit() * random.unit())
            canvas.disc(
                point, radius: unit * (0.1 + 0.24 * size) + 0.2, palette.light,
                alpha: palette.stars * (0.3 + 0.7 * size))
        }
        guard isGalaxy else { return }
        // The band of the galaxy, from the lower left to the upper right.
        for step in 0..<260 {
            let along = Float(step) / 260
            let spread = Float(random.unit() + random.unit() + random.unit() - 1.5) * unit * 13
            let point = Point(
                left + width * (along * 1.2 - 0.1) + spread * 0.5, horizon - (horizon - top) * along * 1.05 + spread)
            if step % 6 == 0 {
                canvas.glow(
                    point, radius: unit * Float(random.number(in: 7...14)), palette.light,
                    strength: 0.05 * palette.stars + 0.03)
            }
            canvas.disc(
                point, radius: unit * 0.13 + 0.15, palette.light,
                alpha: 0.25 + 0.6 * Float(random.unit()) * max(0.4, palette.stars))
        }
    }

    private func pow2(_ value: Double) -> Double { value * value * 0.4 + value * 0.6 }

    /// Broad rays from the sun, as old posters have them.
    private mutating func drawRays() {
        guard request.style != .night else { return }
        let count = random.integer(in: 14...22)
        let turn = Float(random.unit())
        for ray in 0..<count {
            let angle = (Float(ray) + turn) / Float(count) * 2 * .pi
            let half = .pi / Float(count) * 0.5
            let reach = unit * 200
            canvas.polygon(
                [
                    sun, Point(sun.x + reach * Sine.cos(angle - half), sun.y + reach * Sine.sin(angle - half)),
                    Point(sun.x + reach * Sine.cos(angle + half), sun.y + reach * Sine.sin(angle + half)),
                ], palette.light, alpha: 0.085)
        }
    }

    private mutating func drawClouds() {
        let isStormy = speaks(of: "storm", "rain", "cloud", "thunder")
        let banks = isStormy ? 7 : random.integer(in: 2...4)
        let shade = palette.sky[1].mixed(with: palette.near, isStormy ? 0.45 : 0.1)
        for bank in 0..<banks {
            let x = left + width * Float(random.number(in: -0.1...0.9))
            let y =
                isStormy
                ? top + (horizon - top) * (0.08 + 0.5 * Float(bank) / Float(banks))
                : top + (horizon - top) * Float(random.number(in: 0.15...0.8))
            let colour = isStormy ? shade : palette.light.mixed(with: palette.sky[2], 0.5)
            let alpha: Float = isStormy ? 0.5 : request.style == .night ? 0.13 : 0.42
            for bar in 0..<random.integer(in: 3...5) {
                let length = unit * Float(random.number(in: isStormy ? 26...60 : 10...30))
                let start = x + unit * Float(random.number(in: -12...12))
                let row = y + Float(bar) * unit * 2.1
                canvas.stroke(
                    Point(start, row), Point(start + length, row),
                    thickness: unit * Float(random.number(in: 1.6...2.7)),
                    colour, alpha: alpha)
            }
        }
    }

    // MARK: - Land and sea

    private mutating func drawHills() {
        let isSoft = motif == .dunes
        let layers = isSoft ? 4 : 5
        for layer in 0..<layers {
            let depth = Float(layer) / Float(layers - 1)
            let base = horizon + (bottom - horizon) * (depth * 0.62)
            let rise =
                height * (isSoft ? 0.1 : motif == .peaks || motif == .train ? 0.34 - 0.2 * depth : 0.2 - 0.08 * depth)
            let line = terrain.line(
                width: canvas.width, base: base, height: rise, detail: (isSoft ? 1.6 : 2.2) + Float(layer) * 1.3,
                roughness: isSoft ? 0.12 : 0.85 - 0.35 * depth
            ).map { $0 + Float(layer) }
            let colour = palette.hill(0.06 + 0.74 * depth)
            let mist = colour.mixed(with: palette.horizon, 0.55 - 0.4 * depth)
            canvas.fillBelow(line, top: colour, bottom: mist, fade: rise * 1.5 + unit * 6)
            if motif == .forest, layer >= 2 {
                drawPines(along: line, size: unit * (3 + 5 * depth), every: unit * (2.4 + 2.5 * depth), colour)
            }
        }
    }

    private mutating func drawSea() {
        let far = terrain.line(
            width: canvas.width, base: horizon + unit * 2, height: height * 0.12, detail: 2.4, roughness: 0.7)
        canvas.fillBelow(
            far, top: palette.hill(0.15), bottom: palette.hill(0.1).mixed(with: palette.horizon, 0.6),
            fade: height * 0.1)
        let surface = [Float](repeating: horizon, count: canvas.width)
        let deep = palette.sky[0].mixed(with: palette.near, 0.55)
        canvas.fillBelow(
            surface, top: palette.sky[2].mixed(with: palette.sky[1], 0.35), bottom: deep,
            fade: (bottom - horizon) * 1.05)
        // The light's path on the water, wider towards the viewer.
        let rows = 26
        for row in 0..<rows {
            let depth = Float(row) / Float(rows)
            let y = horizon + unit * 0.8 + (bottom - horizon) * depth * depth * 0.95
            let spread = unit * (4 + 20 * depth)
            for _ in 0..<2 {
                let x = sun.x + spread * Float(random.number(in: -1...1))
                let half = unit * Float(random.number(in: 1.5...6)) * (0.5 + depth)
                canvas.stroke(
                    Point(x - half, y), Point(x + half, y), thickness: unit * (0.3 + 0.9 * depth), palette.light,
                    alpha: 0.62 - 0.35 * depth)
            }
        }
        for _ in 0..<40 {
            let depth = Float(random.unit())
            let y = horizon + unit * 2 + (bottom - horizon) * depth * depth
            let x = left + width * Float(random.unit())
            let half = unit * Float(random.number(in: 2...9)) * (0.3 + depth)
            canvas.stroke(
                Point(x - half, y), Point(x + half, y), thickness: unit * (0.2 + 0.5 * depth), deep, alpha: 0.28)
        }
    }

    // MARK: - Weather and title

    private mutating func drawWeather() {
        if speaks(of: "storm", "rain", "thunder") {
            for _ in 0..<110 {
                let start = Point(
                    left + width * Float(random.number(in: -0.1...1.1)), top + height * Float(random.unit()))
                let length = unit * Float(random.number(in: 3...8))
                canvas.stroke(
                    start, Point(start.x - length * 0.35, start.y + length), thickness: unit * 0.22 + 0.2,
                    palette.light,
                    alpha: 0.26)
            }
        }
        if speaks(of: "snow", "winter", "blizzard") {
            for _ in 0..<180 {
                canvas.disc(
                    Point(left + width * Float(random.unit()), top + height * Float(random.unit())),
                    radius: unit * Float(random.number(in: 0.25...0.7)), Colour(0xFFFFFF), alpha: 0.75)
            }
        }
    }

    private func drawTitle() {
        let space = Float(canvas.height) - bottom
        guard space > unit * 9 else { return }
        let ink = palette.near.mixed(with: palette.sky[0], 0.25)
        var size = min(unit * 3.6, space * 0.24)
        var lines = PosterLettering.lines(of: request.prompt, size: size, width: width)
        if lines.count == 2 {
            size *= 0.82
            lines = PosterLettering.lines(of: request.prompt, size: size, width: width)
        }
        let block = size * (1 + 1.75 * Float(max(0, lines.count - 1)))
        PosterLettering.draw(
            lines, centre: (left + right) / 2, top: bottom + (space - block) / 2, size: size,
            thickness: max(1, size / 7.5),
            ink, on: canvas)
    }
}
