import Foundation

/// Capitals drawn with a pen of even width, as on old travel posters.
enum PosterLettering {
    /// Points on a grid four wide and six high, from the top left; a line for each stroke of the pen.
    private static let strokes: [Character: String] = [
        "A": "06 20 46;13 33", "B": "00 06 36 45 44 33 03;33 42 41 30 00", "C": "41 30 10 01 05 16 36 45",
        "D": "00 06 26 44 42 20 00", "E": "40 00 06 46;03 33", "F": "40 00 06;03 33",
        "G": "41 30 10 01 05 16 36 45 43 23", "H": "00 06;40 46;03 43", "I": "20 26", "J": "40 45 36 16 05",
        "K": "00 06;40 03 46", "L": "00 06 46", "M": "06 00 23 40 46", "N": "06 00 46 40",
        "O": "10 30 41 45 36 16 05 01 10", "P": "06 00 30 41 42 33 03", "Q": "10 30 41 45 36 16 05 01 10;24 46",
        "R": "06 00 30 41 42 33 03;23 46", "S": "41 30 10 01 02 13 33 44 45 36 16 05", "T": "00 40;20 26",
        "U": "00 05 16 36 45 40", "V": "00 26 40", "W": "00 16 22 36 40", "X": "00 46;40 06", "Y": "00 23 40;23 26",
        "Z": "00 40 06 46", "0": "10 30 41 45 36 16 05 01 10", "1": "11 20 26", "2": "01 10 30 41 42 06 46",
        "3": "00 40 22 33 44 45 36 16 05", "4": "36 30 04 44", "5": "40 00 02 32 43 45 36 16 05",
        "6": "30 10 01 05 16 36 45 44 33 03", "7": "00 40 16", "8": "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33",
        "9": "43 13 02 01 10 30 41 45 36 16", "-": "13 33", "'": "20 21", ".": "26 26", ",": "25 16",
        "!": "20 24;26 26",
        "?": "01 10 30 41 42 23 24;26 26", ":": "22 22;25 25", "&": "46 11 20 31 05 16 26 44",
    ]

    /// Draws lines of text around a centre.
    /// - Parameters:
    ///   - top: of the first line.
    ///   - size: the height of a capital.
    static func draw(
        _ lines: [String], centre: Float, top: Float, size: Float, thickness: Float, _ colour: Colour, on canvas: Canvas
    ) {
        let unit = size / 6
        for (number, line) in lines.enumerated() {
            var x = centre - width(of: line, size: size) / 2
            let y = top + Float(number) * size * 1.75
            for character in line {
                for stroke in strokes[character, default: ""].split(separator: ";") {
                    let points = stroke.split(separator: " ").map { pair in
                        let digits = pair.utf8.map { Float($0) - 0x30 }
                        return Point(x + digits[0] * unit, y + digits[1] * unit)
                    }
                    for (start, end) in zip(points, points.dropFirst()) {
                        canvas.stroke(start, end, thickness: thickness, colour)
                    }
                }
                x += advance(character) * unit
            }
        }
    }

    /// Four units of a letter and the wide space between two.
    private static func advance(_ character: Character) -> Float {
        character == " " ? 4.5 : 7
    }

    static func width(of line: String, size: Float) -> Float {
        max(0, line.reduce(0) { $0 + advance($1) } - 3) * size / 6
    }

    /// The text in the letters there are, broken into at most two lines; what does not fit is left out at a word.
    static func lines(of text: String, size: Float, width: Float) -> [String] {
        let plain = text.folding(options: .diacriticInsensitive, locale: nil).uppercased()
        let words = plain.map { strokes[$0] == nil ? " " : String($0) }.joined().split(separator: " ").map(String.init)
        func fits(_ line: ArraySlice<String>) -> Bool {
            self.width(of: line.joined(separator: " "), size: size) <= width
        }
        for count in (0...words.count).reversed() {
            let kept = words[..<count]
            if fits(kept) { return kept.isEmpty ? [] : [kept.joined(separator: " ")] }
            // The break that leaves two lines as equal as can be.
            let breaks = (1..<count).filter { fits(kept[..<$0]) && fits(kept[$0...]) }
            let best = breaks.min { left, right in
                func longer(_ place: Int) -> Float {
                    [kept[..<place], kept[place...]].map { self.width(of: $0.joined(separator: " "), size: size) }.max()
                        ?? 0
                }
                return longer(left) < longer(right)
            }
            if let best { return [kept[..<best].joined(separator: " "), kept[best...].joined(separator: " ")] }
        }
        return []
    }
}
