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

    /// Receives webhooks and checks their signatures as the official client does.
    static let webhooksScript = """
        import http.server, json, queue, threading, replicate
        from replicate.webhook import Webhooks, WebhookSigningSecret
        received = queue.Queue()
        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                received.put((dict((name.lower(), value) for name, value in self.headers.items()), body))
                self.send_response(204)
                self.end_headers()
            def log_message(self, *arguments):
                pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = replicate.predictions.create(
            "nightshift/storyteller", input={"prompt": "Ada"}, webhook=f"http://127.0.0.1:{server.server_port}/hook",
            webhook_events_filter=["start", "completed"])
        secret = WebhookSigningSecret(key="whsec_bmlnaHRzaGlmdC13ZWJob29rLWtleS0x")
        for status in ["processing", "succeeded"]:
            headers, body = received.get(timeout=20)
            Webhooks.validate(headers=headers, body=body, secret=secret)
            assert (json.loads(body)["id"], json.loads(body)["status"]) == (made.id, status), body
        """
}
