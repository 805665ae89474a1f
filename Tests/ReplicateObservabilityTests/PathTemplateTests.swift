import Replicate
import Testing

@testable import ReplicateObservability

struct PathTemplateTests {
    @Test(
        arguments: [
            ("/predictions", "/predictions"), ("/predictions/abc", "/predictions/{id}"),
            ("/predictions/abc/cancel", "/predictions/{id}/cancel"), ("/models/a/b", "/models/{owner}/{name}"),
            ("/models/a/predictions", "/models/{owner}/{name}"),
            ("/models/a/b/versions/c/trainings", "/models/{owner}/{name}/versions/{id}/trainings"),
            ("/deployments/a/b/predictions", "/deployments/{owner}/{name}/predictions"),
            ("/webhooks/default/secret", "/webhooks/default/secret"), ("/files/a%2Fb", "/files/{id}"),
            ("/nothing/of/the/kind", "other"), ("/", "other"), ("", "other"),
        ])
    func namesStandInThePlaceOfIDs(path: String, template: String) {
        #expect(PathTemplate.template(of: path) == template)
    }

    @Test func anAddressOutsideOfTheAPIIsItsHost() {
        let name = RequestName(
            TransportRequest(method: "BREW", url: "https://user:pw@files.example:8443/secret/path?signature=1"))
        #expect(name.method == "OTHER")
        #expect(name.place == "files.example:8443")
        #expect(name.route == "file")
    }

    @Test func everyCallOfTheClientHasAName() async throws {
        let attempts = try await FaultyNight.run(through: [])
        let routes = Set(attempts.map { RequestName($0.request).route })
        #expect(
            routes == [
                "/predictions", "/predictions/{id}", "/models/{owner}/{name}/predictions", "file",
            ])
    }
}
