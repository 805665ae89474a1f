// Gives a model files: from memory, from disk and as properties of a type of one's own.
import Foundation
import Replicate

struct Order: Encodable {
    var title: String
    var pages: [InputFile]
}

// The model to run, since none of the server's own takes files; it answers with the sizes of what it was given.
let model = CommandLine.arguments.dropFirst().first ?? "local/sizes"
let client = try Client()

let page = FileManager.default.temporaryDirectory.appending(path: "page.txt")
try Data("It was a dark and stormy night.\n".utf8).write(to: page)

// Small files travel inside of the request, large ones are uploaded, each content once.
let order = Order(
    title: "a book", pages: [.path(page.path), .data(Data(repeating: 65, count: 400_000), name: "big.txt")])
print(try await client.run(model, input: order))

// The same without a type, and all by the Files API.
print(try await client.run(model, input: ["title": "a leaf", "pages": [.path(page.path)]], files: .upload))
