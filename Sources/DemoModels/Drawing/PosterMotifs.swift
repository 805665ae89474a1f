/// What stands in the landscape.
extension PosterScene {
    mutating func drawMotif() {
        switch motif {
        case .lighthouse: drawLighthouse()
        case .boats: drawBoats()
        case .observatory: drawObservatory()
        case .train: drawTrain()
        case .town: drawTown()
        case .forest: break
        case .dunes: drawPalms()
        case .peaks: drawCabin()
        }
    }

    private var night: Bool { request.style == .night || request.style == .dusk }

    // MARK: - Sea

    private mutating func drawLighthouse() {
        // It stands on the side that the sun leaves free.
        let onRight = sun.x < (left + right) / 2
        let x = onRight ? right - width * 0.24 : left + width * 0.24
        let cliff = terrain.line(
            width: canvas.width, base: 0, height: unit * 7, detail: 5, roughness: 0.9)
        let line = cliff.enumerated().map { column, value in
            let distance = abs(Float(column) - x) / width
            let slope = max(0, distance - 0.12)
            return bottom - height * 0.21 + value + slope * slope * height * 3.1 + slope * height * 0.35
        }
        let lamp = Point(x, bottom - height * 0.56)
        let reach: Float = onRight ? -1 : 1
        for (spread, alpha) in [(Float(13), Float(0.1)), (8, 0.16), (4, 0.2)] {
            canvas.polygon(
                [
                    lamp, Point(lamp.x + reach * width * 1.1, lamp.y - unit * spread),
                    Point(lamp.x + reach * width * 1.1, lamp.y + unit * spread * 0.8),
                ], palette.lamp, alpha: night ? alpha * 1.4 : alpha)
        }
        canvas.fillBelow(line, top: palette.hill(0.82), bottom: palette.near, fade: height * 0.2)
        let base = bottom - height * 0.2
        let (wide, slim) = (unit * 5.6, unit * 3.4)
        let towerTop = lamp.y + unit * 3
        func half(_ share: Float) -> Float { slim + (wide - slim) * share }
        let white = PosterPalette.paper.mixed(with: palette.sky[1], night ? 0.4 : 0.12)
        let red = Colour(0xB23A3A).mixed(with: palette.near, night ? 0.35 : 0.05)
        for band in 0..<5 {
            let (from, to) = (Float(band) / 5, Float(band + 1) / 5)
            let (y0, y1) = (towerTop + (base - towerTop) * from, towerTop + (base - towerTop) * to)
            canvas.polygon(
                [
                    Point(x - half(from), y0), Point(x + half(from), y0), Point(x + half(to), y1),
                    Point(x - half(to), y1),
                ], band % 2 == 0 ? white : red)
        }
        // The side away from the light lies in shadow.
        let shade = onRight ? Float(1) : -1
        canvas.polygon(
            [
                Point(x + shade * half(0) * 0.25, towerTop), Point(x + shade * half(0), towerTop),
                Point(x + shade * half(1), base), Point(x + shade * half(1) * 0.25, base),
            ], palette.near, alpha: 0.28)
        canvas.rectangle(x - slim * 1.45, towerTop - unit, x + slim * 1.45, towerTop + unit * 0.4, palette.near)
        canvas.rectangle(x - slim * 0.8, lamp.y - unit * 2.4, x + slim * 0.8, towerTop - unit, palette.lamp)
        canvas.stroke(
            Point(x, lamp.y - unit * 2.4), Point(x, towerTop - unit), thickness: unit * 0.5, palette.near)
        canvas.polygon(
            [
                Point(x - slim * 1.15, lamp.y - unit * 2.2), Point(x, lamp.y - unit * 6),
                Point(x + slim * 1.15, lamp.y - unit * 2.2),
            ], red)
        canvas.glow(lamp, radius: unit * 15, palette.lamp, strength: night ? 0.75 : 0.4)
        for window in 0..<2 {
            let y = towerTop + (base - towerTop) * (0.3 + 0.34 * Float(window))
            canvas.rectangle(x - unit * 0.6, y, x + unit * 0.6, y + unit * 2.2, night ? palette.lamp : palette.near)
        }
    }

    private mutating func drawBoats() {
        let count = random.integer(in: 2...4)
        for boat in 0..<count {
            let depth = 0.12 + 0.6 * Float(boat) / Float(count)
            let size = unit * (7 + 22 * depth)
            let x = left + width * Float(random.number(in: 0.14...0.86))
            drawBoat(at: Point(x, horizon + (bottom - horizon) * depth), size: size, depth)
        }
        // A pier in front.
        let deck = bottom - unit * 9
        let end = left + width * 0.42
        canvas.rectangle(left, deck, end, deck + unit * 1.6, palette.near)
        for post in 0..<5 {
            let x = left + unit * 3 + (end - left - unit * 5) * Float(post) / 4
            canvas.rectangle(x - unit * 0.7, deck - unit * 1.6, x + unit * 0.7, bottom, palette.near)
        }
        let lamp = Point(end - unit * 3, deck - unit * 13)
        canvas.stroke(Point(lamp.x, deck), lamp, thickness: unit * 0.7, palette.near)
        canvas.glow(lamp, radius: unit * 12, palette.lamp, strength: night ? 0.7 : 0.35)
        canvas.disc(lamp, radius: unit * 1.2, palette.lamp)
    }

    private mutating func drawBoat(at water: Point, size: Float, _ depth: Float) {
        let hull = palette.hill(0.55 + 0.4 * depth)
        let sail = PosterPalette.paper.mixed(with: palette.sky[2], 0.35)
        let flip: Float = random.happens(0.5) ? 1 : -1
        func point(_ x: Float, _ y: Float) -> Point { Point(water.x + flip * x * size, water.y - y * size) }
        // The reflection first, broken by the waves.
        for stripe in 0..<7 {
            let y = -0.06 - Float(stripe) * 0.085
            let half = 0.3 - Float(stripe) * 0.035
            canvas.stroke(
                point(-half, y), point(half, y), thickness: size * 0.028, stripe < 2 ? hull : sail,
                alpha: 0.4 - 0.045 * Float(stripe))
        }
        canvas.polygon([point(-0.42, 0.12), point(0.46, 0.14), point(0.34, -0.02), point(-0.34, -0.02)], hull)
        canvas.stroke(point(0, 0.1), point(0, 1.02), thickness: max(1, size * 0.022), hull)
        canvas.polygon([point(-0.03, 0.98), point(-0.03, 0.2), point(-0.4, 0.2)], sail)
        canvas.polygon([point(0.03, 0.86), point(0.03, 0.2), point(0.38, 0.22)], sail.mixed(with: palette.sky[1], 0.3))
    }

    // MARK: - Land

    private mutating func drawObservatory() {
        let x = left + width * (sun.x < (left + right) / 2 ? 0.68 : 0.32)
        let line = terrain.line(width: canvas.width, base: 0, height: unit * 5, detail: 4, roughness: 0.5)
            .enumerated().map { column, value in
                let distance = (Float(column) - x) / width
                return bottom - height * 0.2 + value + distance * distance * height * 0.5
            }
        let ground = bottom - height * 0.2
        let radius = unit * 13
        let wall = palette.hill(0.8).mixed(with: palette.light, 0.18)
        let dome = PosterPalette.paper.mixed(with: palette.sky[1], night ? 0.55 : 0.25)
        canvas.rectangle(x - radius * 0.92, ground - unit * 9, x + radius * 0.92, ground + unit * 4, wall)
        var arc: [Point] = []
        for step in 0...36 {
            let angle = Float(step) / 36 * .pi
            arc.append(Point(x - radius * Sine.cos(angle), ground - unit * 9 - radius * Sine.sin(angle)))
        }
        canvas.polygon(arc, dome)
        // The dark half, and the open slit with its light.
        canvas.polygon(arc.filter { $0.x >= x - 0.01 } + [Point(x, ground - unit * 9)], palette.near, alpha: 0.22)
        let slit = Point(x - radius * 0.24, ground - unit * 9 - radius * 0.97)
        canvas.polygon(
            [
                Point(x - radius * 0.1, ground - unit * 10), Point(x + radius * 0.12, ground - unit * 10),
                Point(slit.x + radius * 0.24, slit.y + unit * 0.4), Point(slit.x, slit.y + unit * 0.6),
            ], palette.lamp.mixed(with: palette.near, 0.15))
        canvas.glow(
            Point(x - radius * 0.1, ground - unit * 15), radius: unit * 17, palette.lamp, strength: night ? 0.42 : 0.2)
        canvas.rectangle(x - radius, ground - unit * 9.6, x + radius, ground - unit * 8.4, palette.near)
        for window in -1...1 {
            let centre = x + Float(window) * radius * 0.5
            canvas.rectangle(
                centre - unit * 0.8, ground - unit * 5.6, centre + unit * 0.8, ground - unit * 2.6, palette.lamp)
        }
        canvas.fillBelow(line, top: palette.hill(0.9), bottom: palette.near, fade: height * 0.16)
        drawPines(
            along: line, size: unit * 8, every: unit * 7, palette.near, except: (x - radius * 1.5)...(x + radius * 1.5))
    }

    private mutating func drawTrain() {
        let rail = bottom - height * 0.22
        let stone = palette.hill(0.9)
        let span = unit * 17
        // A viaduct: a wall, with arches that show the valley behind it as mist.
        let mist = palette.hill(0.5).mixed(with: palette.horizon, 0.42)
        canvas.rectangle(left, rail, right, bottom, stone)
        var x = left - span * Float(random.unit())
        while x < right {
            let (from, to) = (x + span * 0.13, x + span * 0.87)
            let radius = (to - from) / 2
            var arch = [Point(from, bottom)]
            for step in 0...16 {
                let angle = Float(step) / 16 * .pi
                arch.append(
                    Point(from + radius - radius * Sine.cos(angle), rail + unit * 4 + radius - radius * Sine.sin(angle))
                )
            }
            arch.append(Point(to, bottom))
            canvas.polygon(arch, mist)
            x += span
        }
        canvas.rectangle(left, rail - unit * 0.9, right, rail + unit * 0.9, palette.near)
        let front = left + width * 0.84
        let colour = palette.near.mixed(with: Colour(0x7A2E2E), 0.35)
        for car in 0..<5 {
            let end = front - Float(car) * unit * 20
            let start = end - unit * 19
            let roof = rail - unit * 8.2
            if car == 0 {
                drawEngine(from: start, to: end, rail: rail, colour)
                continue
            }
            canvas.rectangle(start, roof, end, rail - unit * 1.5, colour)
            canvas.stroke(Point(start, roof), Point(end, roof), thickness: unit * 1.4, palette.near)
            for window in 0..<4 {
                let centre = start + unit * (2.9 + 4.4 * Float(window))
                canvas.rectangle(
                    centre - unit * 1.2, roof + unit * 1.7, centre + unit * 1.2, roof + unit * 4.4, palette.lamp)
            }
            canvas.glow(
                Point((start + end) / 2, roof + unit * 3), radius: unit * 11, palette.lamp, strength: night ? 0.3 : 0.1)
            for wheel in [start + unit * 3.5, end - unit * 3.5] {
                canvas.disc(Point(wheel, rail - unit * 1.5), radius: unit * 1.4, palette.near)
            }
        }
    }

    private mutating func drawEngine(from start: Float, to end: Float, rail: Float, _ colour: Colour) {
        canvas.rectangle(start, rail - unit * 9.6, start + unit * 6, rail - unit * 1.5, colour)
        canvas.rectangle(start + unit * 1.4, rail - unit * 8.2, start + unit * 4.6, rail - unit * 5.4, palette.lamp)
        canvas.stroke(
            Point(start - unit * 0.5, rail - unit * 9.8), Point(start + unit * 6.5, rail - unit * 9.8),
            thickness: unit * 1.2,
            palette.near)
        canvas.stroke(
            Point(start + unit * 6, rail - unit * 4.8), Point(end - unit * 2.5, rail - unit * 4.8),
            thickness: unit * 5.4,
            palette.near)
        canvas.rectangle(end - unit * 5, rail - unit * 11, end - unit * 3, rail - unit * 6, palette.near)
        for wheel in 0..<4 {
            canvas.disc(
                Point(start + unit * (3 + 4.4 * Float(wheel)), rail - unit * 1.7), radius: unit * 1.9, palette.near)
        }
        let beam = Point(end, rail - unit * 4.8)
        canvas.polygon(
            [beam, Point(right + unit * 20, beam.y - unit * 4), Point(right + unit * 20, beam.y + unit * 9)],
            palette.lamp,
            alpha: night ? 0.3 : 0.15)
        canvas.glow(beam, radius: unit * 8, palette.lamp, strength: 0.6)
        canvas.disc(beam, radius: unit * 0.9, palette.lamp)
        for puff in 0..<9 {
            let share = Float(puff) / 9
            let point = Point(
                end - unit * (4 + 46 * share), rail - unit * (13 + 13 * share + 2 * Float(random.number(in: -1...1))))
            canvas.disc(
                point, radius: unit * (1.6 + 4.6 * share), PosterPalette.paper.mixed(with: palette.sky[1], 0.4),
                alpha: 0.42 - 0.32 * share)
        }
    }

    private mutating func drawTown() {
        for row in 0..<3 {
            let depth = Float(row) / 2
            let ground = bottom - height * (0.16 - 0.08 * depth)
            let colour = palette.hill(0.62 + 0.38 * depth)
            var x = left - unit * 3
            while x < right {
                let wide = unit * Float(random.number(in: 7...13))
                let high = unit * Float(random.number(in: 10...26)) * (1 - 0.3 * depth)
                canvas.rectangle(x, ground - high, x + wide, bottom, colour)
                switch random.integer(in: 0...3) {
                case 0:
                    canvas.polygon(
                        [
                            Point(x - unit, ground - high), Point(x + wide / 2, ground - high - wide * 0.6),
                            Point(x + wide + unit, ground - high),
                        ], colour)
                case 1:
                    canvas.polygon(
                        [
                            Point(x + wide * 0.3, ground - high), Point(x + wide * 0.5, ground - high - unit * 13),
                            Point(x + wide * 0.7, ground - high),
                        ], colour)
                default: break
                }
                drawWindows(from: Point(x, ground - high), wide: wide, high: high, lit: night ? 0.5 : 0.2)
                x += wide + unit * Float(random.number(in: 0...1.5))
            }
        }
    }

    private mutating func drawWindows(from corner: Point, wide: Float, high: Float, lit: Double) {
        var y = corner.y + unit * 2.2
        while y < corner.y + high - unit * 2 {
            var x = corner.x + unit * 1.6
            while x < corner.x + wide - unit * 2.2 {
                if random.happens(lit) {
                    canvas.rectangle(x, y, x + unit * 1.1, y + unit * 1.6, palette.lamp, alpha: 0.9)
                }
                x += unit * 2.6
            }
            y += unit * 3.6
        }
    }

    private mutating func drawPalms() {
        for _ in 0..<random.integer(in: 2...3) {
            let foot = Point(
                left + width * Float(random.number(in: 0.12...0.88)),
                bottom - height * Float(random.number(in: 0.02...0.1)))
            let tall = unit * Float(random.number(in: 18...28))
            let lean = unit * Float(random.number(in: -5...5))
            var previous = foot
            for step in 1...8 {
                let share = Float(step) / 8
                let next = Point(foot.x + lean * share * share, foot.y - tall * share)
                canvas.stroke(previous, next, thickness: unit * (1.7 - 0.8 * share), palette.near)
                previous = next
            }
            for leaf in 0..<8 {
                let angle = Float(leaf) / 8 * 2 * .pi + 0.3
                var start = previous
                for step in 1...5 {
                    let share = Float(step) / 5
                    let reach = unit * 9 * share
                    let end = Point(
                        previous.x + reach * Sine.cos(angle),
                        previous.y + reach * Sine.sin(angle) * 0.55 + share * share * unit * 4.5)
                    canvas.stroke(start, end, thickness: unit * (1.5 - 1.1 * share), palette.near)
                    start = end
                }
            }
        }
    }

    private mutating func drawCabin() {
        let line = terrain.line(
            width: canvas.width, base: bottom - height * 0.05, height: height * 0.12, detail: 3, roughness: 0.4)
        canvas.fillBelow(line, top: palette.hill(0.92), bottom: palette.near, fade: height * 0.14)
        let x = left + width * Float(random.number(in: 0.25...0.75))
        drawPines(along: line, size: unit * 11, every: unit * 6, palette.near, except: (x - unit * 9)...(x + unit * 11))
        let ground = line[max(0, min(canvas.width - 1, Int(x)))] + unit
        let half = unit * 5.4
        canvas.rectangle(x - half, ground - unit * 5, x + half, ground + unit * 2, palette.near)
        canvas.polygon(
            [
                Point(x - half * 1.35, ground - unit * 4.6), Point(x, ground - unit * 10.5),
                Point(x + half * 1.35, ground - unit * 4.6),
            ],
            palette.near.mixed(with: palette.light, 0.1))
        canvas.rectangle(x - unit * 2.6, ground - unit * 3.6, x - unit * 0.4, ground - unit * 1.2, palette.lamp)
        canvas.rectangle(x + unit * 1, ground - unit * 3.6, x + unit * 3.2, ground - unit * 1.2, palette.lamp)
        canvas.glow(Point(x, ground - unit * 2.4), radius: unit * 10, palette.lamp, strength: night ? 0.45 : 0.25)
    }

    /// A row of firs on a line of hills.
    mutating func drawPines(
        along line: [Float], size: Float, every gap: Float, _ colour: Colour, except free: ClosedRange<Float>? = nil
    ) {
        var x = left - gap
        while x < right + gap {
            x += gap * Float(random.number(in: 0.5...1.5))
            let tall = size * Float(random.number(in: 0.6...1.25))
            guard !(free?.contains(x) ?? false) else { continue }
            let foot = line[max(0, min(canvas.width - 1, Int(x)))] + tall * 0.12
            for tier in 0..<4 {
                let share = Float(tier) / 4
                let half = tall * (0.1 + 0.17 * share)
                let tip = foot - tall * (1 - share * 0.62)
                canvas.polygon(
                    [Point(x, tip), Point(x + half, tip + tall * 0.36), Point(x - half, tip + tall * 0.36)], colour)
            }
            canvas.rectangle(x - tall * 0.03, foot - tall * 0.15, x + tall * 0.03, foot + tall * 0.1, colour)
        }
    }
}
