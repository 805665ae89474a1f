import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

/// The API's objects as values that programs keep.
struct CodableResourceTests {
    private func roundTrip<Resource: APIResource>(_ resource: Resource) throws {
        let bytes = try JSONEncoder().encode(resource)
        #expect(try JSONDecoder().decode(Resource.self, from: bytes) == resource)
        #expect(try JSONValue(parsing: bytes) == resource.json)
        #expect(try JSONValueDecoder().decode(Resource.self, from: resource.json) == resource)
    }

    private let model = Model(
        owner: "o", name: "n", visibility: "public", runCount: 7, url: "https://example.com/o/n",
        githubURL: "https://g.example",
        paperURL: "https://p.example", licenseURL: "https://l.example", weightsURL: "https://w.example",
        coverImageURL: "https://c.example", latestVersion: ModelVersion(id: "v"))
    private let account = Account(
        type: "user", username: "u", githubURL: "https://g.example/u", avatarURL: "https://a.example/u")
    private let file = APIFile(
        id: "f", name: "a.png", size: 3, expiresAt: Date(timeIntervalSince1970: 1), url: "https://f.example")
    private let prediction = Prediction(
        id: "p", model: "o/n", version: "v", input: ["n": .number(JSONNumber(literal: "12345678901234567890.125")!)],
        output: ["x"],
        logs: "l", error: nil, status: .succeeded, createdAt: Date(timeIntervalSince1970: 1_700_000_000.25),
        metrics: ["predict_time": 0.1],
        urls: PredictionURLs(
            get: "https://g.example", cancel: "https://c.example", stream: "https://s.example", web: "https://w.example"
        ))

    @Test func everyResourceIsWrittenAndReadAsTheAPIDoes() throws {
        try roundTrip(prediction)
        try roundTrip(model)
        try roundTrip(account)
        try roundTrip(file)
        try roundTrip(ModelVersion(id: "v", createdAt: Date(timeIntervalSince1970: 5), cogVersion: "1"))
        try roundTrip(Hardware(name: "CPU", sku: "cpu"))
        try roundTrip(ModelCollection(name: "N", slug: "n", models: [model]))
        try roundTrip(
            Deployment(
                owner: "o", name: "d",
                currentRelease: DeploymentRelease(
                    number: 1, model: "o/n", version: "v", minInstances: 0, maxInstances: 1)))
        try roundTrip(Training(id: "t", status: .starting))
        try roundTrip(Page(next: "https://n.example", results: [prediction]))
    }

    @Test func whatIsNoResourceIsADecodingError() throws {
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode([Prediction].self, from: Data(#"[{"id": 5}]"#.utf8))
        }
        guard case .dataCorrupted(let context) = error else { throw error }
        #expect(context.debugDescription == "'id' of the prediction is integer; expected a string")
        #expect(context.codingPath.first?.intValue == 0)
    }

    @Test func resourcesAreKnownByWhatNamesThem() {
        #expect(model.id == "o/n")
        #expect(Deployment(owner: "o", name: "d").id == "o/d")
        #expect(Hardware(name: "CPU", sku: "cpu").id == "cpu")
        #expect(ModelCollection(name: "N", slug: "n").id == "n")
        #expect(account.id == "u")
    }

    @Test func addressesAreURLsToo() {
        #expect(prediction.urls.getLocation == URL(string: "https://g.example"))
        #expect(prediction.urls.cancelLocation == URL(string: "https://c.example"))
        #expect(prediction.urls.streamLocation == URL(string: "https://s.example"))
        #expect(prediction.urls.webLocation == URL(string: "https://w.example"))
        #expect(model.location == URL(string: "https://example.com/o/n"))
        #expect(model.githubLocation == URL(string: "https://g.example"))
        #expect(model.paperLocation == URL(string: "https://p.example"))
        #expect(model.licenseLocation == URL(string: "https://l.example"))
        #expect(model.weightsLocation == URL(string: "https://w.example"))
        #expect(model.coverImageLocation == URL(string: "https://c.example"))
        #expect(account.githubLocation == URL(string: "https://g.example/u"))
        #expect(account.avatarLocation == URL(string: "https://a.example/u"))
        #expect(file.location == URL(string: "https://f.example"))
        #expect(Model(owner: "o", name: "n").location == nil)
    }
}
