import LosslessJSON
import Nightshift
import NightshiftCore

extension JobView {
    /// All of one item, and its neighbours in a list.
    func item(_ text: String, among filter: ItemFilter, by sort: ItemSort) async throws(ViewError) -> JSONValue {
        let detail: ItemDetail
        do throws(EngineError) {
            detail = try await job.show(item: text)
        } catch {
            throw ViewError(.notFound, error.cause.rawValue, words.error(error))
        }
        let key = detail.summary.key
        let found = try await ask { try await $0.id(ofItem: key, in: $1) }
        guard let id = found, let record = try await records([id]).first else { throw .noSuchItem(key) }
        let ids = try await ids(filter, by: sort)
        var neighbours: (previous: String?, next: String?) = (nil, nil)
        if let place = ids.firstIndex(of: id) {
            if place > 0 { neighbours.previous = try await records([ids[place - 1]]).first?.key }
            if place + 1 < ids.count { neighbours.next = try await records([ids[place + 1]]).first?.key }
        }
        return ItemDetailJSON(
            item: ItemJSON(record: record, job: name, files: await facts(of: [record])), detail: detail,
            matrixNames: job.manifest.matrix.names, neighbours: neighbours, command: command(detail)
        ).json
    }

    /// What sends the same input to Replicate; other providers have no such line, and neither have files of this machine.
    private func command(_ detail: ItemDetail) -> String? {
        guard case .replicate = job.manifest.provider else { return nil }
        let step = job.manifest.steps.first { $0.name.isEmpty || detail.summary.key.hasSuffix(".\($0.name)") }
        var body: [String: JSONValue] = ["input": detail.input]
        if let version = detail.result?["version"]?.stringValue, version != "hidden" {
            body["version"] = .string(version)
        } else if let model = step?.modelName {
            body["version"] = .string(model)
        }
        let quoted = JSONValue.object(body).jsonString().replacing("'", with: #"'\''"#)
        return """
            curl -X POST https://api.replicate.com/v1/predictions -H "Authorization: Bearer $REPLICATE_API_TOKEN" \
            -H 'Content-Type: application/json' -d '\(quoted)'
            """
    }
}
