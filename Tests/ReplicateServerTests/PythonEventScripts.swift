extension PythonClientTests {
    /// Reads event streams as the official client does.
    static let streamsScript = """
        import replicate
        events = list(replicate.stream("nightshift/storyteller", input={"prompt": "Ada"}))
        kinds = [event.event.value for event in events]
        assert kinds[-1] == "done" and kinds.count("output") > 5 and "logs" in kinds, kinds
        story = "".join(event.data for event in events if event.event.value == "output")
        assert story == "".join(replicate.run("nightshift/storyteller", input={"prompt": "Ada"})), story
        assert events[-1].data == "{}", events[-1]
        canceled = replicate.predictions.create("nightshift/storyteller", input={"prompt": "Ada"}, stream=True)
        canceled.cancel()
        last = list(canceled.stream())[-1]
        assert (last.event.value, last.data) == ("done", '{"reason":"canceled"}'), last
        """
}
