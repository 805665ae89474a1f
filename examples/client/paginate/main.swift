// Goes through lists, element by element and page by page; each page is fetched when it is needed.
import Replicate

let client = try Client()

for name in ["one", "two", "three"] { try await client.run("nightshift/hello-world", input: ["text": .string(name)]) }
var newest: [String] = []
for try await prediction in client.paginate({ try await client.predictions.list() }) {
    newest.append(client.output(of: prediction).description)
    if newest.count == 3 { break }
}
print(newest.joined(separator: ", "))

for try await page in client.paginate({ try await client.models.list() }).pages {
    for model in page.results { print("\(model.owner)/\(model.name): \(model.description ?? "")") }
}
