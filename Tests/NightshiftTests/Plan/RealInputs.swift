import LosslessJSON

extension RealInput {
    static let table: [RealInput] = images + texts + others

    private static let images: [RealInput] = [
        .good(
            "sdxl-39ed52f",
            [
                "prompt": "a lighthouse", "width": "768", "guidance_scale": "7.5", "refine": "expert_ensemble_refiner",
                "apply_watermark": "True", "seed": "", "image": "https://example.com/a.png",
            ],
            [
                "prompt": "a lighthouse", "width": 768, "guidance_scale": 7.5, "refine": "expert_ensemble_refiner",
                "apply_watermark": true, "image": "https://example.com/a.png",
            ]),
        .bad(
            "sdxl-39ed52f", ["num_outputs": "5"],
            "'num_outputs' is 5; the model takes a whole number from 1 to 4"),
        .bad(
            "sdxl-39ed52f", ["num_inference_steps": "3.5"],
            "'num_inference_steps' is '3.5'; the model takes a whole number from 1 to 500"),
        .bad(
            "sdxl-39ed52f", ["scheduler": "K_EULR", "image": "photos/a.png"],
            "'image' is 'photos/a.png'; the model takes a file: its URL, or { file: PATH } in the manifest",
            "'scheduler' is 'K_EULR'; the model takes one of: DDIM, DPMSolverMultistep, HeunDiscrete, "
                + "KarrasDPM, K_EULER_ANCESTRAL, K_EULER, PNDM; did you mean 'K_EULER'?"),
        .good(
            "sdxl-7762fd0", ["prompt": "x", "high_noise_frac": "1", "disable_safety_checker": "0"],
            ["prompt": "x", "high_noise_frac": 1, "disable_safety_checker": false]),
        .bad(
            "sdxl-7762fd0", ["prompt_strength": "1.01"],
            "'prompt_strength' is 1.01; the model takes a number from 0 to 1"),
        .bad(
            "sdxl-7762fd0", ["apply_watermark": "maybe"],
            "'apply_watermark' is 'maybe'; the model takes true or false"),
        .good("lama-file-inputs", lama, ["image": "https://example.com/a.png", "mask": "data:image/png;base64,AA=="]),
        .bad(
            "lama-file-inputs", ["image": "https://example.com/a.png"],
            "'mask' is missing from 'input'; the model must be given it: a file"),
        .bad(
            "lama-file-inputs", ["image": "https://example.com/a.png", "mask": ""],
            "'mask' is ''; the model takes a file: its URL, or { file: PATH } in the manifest"),
        .good(
            "maxlength", ["width": "512", "latent_scale": "12.0", "starting_timestep": "1e-1"],
            ["width": 512, "latent_scale": 12, "starting_timestep": 0.1]),
        .bad(
            "maxlength", ["latent_prompt": String(repeating: "ö", count: 231)],
            "'latent_prompt' is 231 characters long; the model takes text of at most 230 characters"),
        .bad(
            "maxlength", ["width": "500"],
            "'width' is 500; the model takes one of: 384, 512, 640, 768, 896, 1024"),
        .good(
            "nested-array-output", ["seed": "-1", "guidance_scale": "-20", "batch_size": "16"],
            ["seed": -1, "guidance_scale": -20, "batch_size": 16]),
        .bad(
            "nested-array-output", ["seed": "4294967296"],
            "'seed' is 4294967296; the model takes a whole number from -1 to 4294967295"),
        .bad(
            "nested-array-output", ["steps": "14", "intermediate_outputs": "2"],
            "'intermediate_outputs' is '2'; the model takes true or false",
            "'steps' is 14; the model takes a whole number from 15 to 250"),
    ]

    private static let lama = ["image": "https://example.com/a.png", "mask": "data:image/png;base64,AA=="]

    private static let texts: [RealInput] = [
        .good(
            "llama-2-70b-chat-02e509c", ["prompt": "42", "top_k": "0", "temperature": "0.75", "debug": "FALSE"],
            ["prompt": "42", "top_k": 0, "temperature": 0.75, "debug": false]),
        .bad(
            "llama-2-70b-chat-02e509c", ["top_k": "1"],
            "'prompt' is missing from 'input'; the model must be given it: text"),
        .bad(
            "llama-2-70b-chat-02e509c", ["prompt": "x", "temperature": "5.01", "min_new_tokens": "-2"],
            "'min_new_tokens' is -2; the model takes a whole number, at least -1",
            "'temperature' is 5.01; the model takes a number from 0.01 to 5"),
        .bad(
            "llama-2-70b-chat-02e509c", ["prompt": "x", "max_tokens": "5"],
            "'max_tokens' is no input of the model; it has: prompt, system_prompt, max_new_tokens, min_new_tokens, "
                + "temperature, top_p, top_k, stop_sequences, seed, debug, replicate_weights"),
        .good(
            "llama-3-8b-instruct", ["prompt": "", "max_tokens": " 64", "presence_penalty": "+1.5"],
            ["prompt": "", "max_tokens": 64, "presence_penalty": 1.5]),
        .bad(
            "llama-3-8b-instruct", ["max_tokens": "many"],
            "'max_tokens' is 'many'; the model takes a whole number"),
        .bad(
            "llama-3-8b-instruct", ["top_p": "0,9"], "'top_p' is '0,9'; the model takes a number"),
        .good(
            "embeddings-output", ["prompts": "a\n\nb", "prompt_separator": "\n"],
            ["prompts": "a\n\nb", "prompt_separator": "\n"]),
        .bad(
            "embeddings-output", ["prompt_separator": "x"],
            "'prompts' is missing from 'input'; the model must be given it: text"),
        .bad(
            "embeddings-output", ["prompt": "x", "prompts": "y"],
            "'prompt' is no input of the model; did you mean 'prompts'?"),
    ]

    private static let others: [RealInput] = [
        .good(
            "array-of-refs-output", ["prompt": "x", "n_predictions": "9", "show_clip_score": "yes"],
            ["prompt": "x", "n_predictions": 9, "show_clip_score": true]),
        .bad(
            "array-of-refs-output", ["n_predictions": "0"],
            "'n_predictions' is 0; the model takes a whole number from 1 to 9"),
        .bad(
            "array-of-refs-output", ["n_predictions": "nine"],
            "'n_predictions' is 'nine'; the model takes a whole number from 1 to 9"),
        .good(
            "object-output", ["image_urls": "https://a/1.png", "fps": "12.5", "mp4": "on"],
            ["image_urls": "https://a/1.png", "fps": 12.5, "mp4": true]),
        .bad("object-output", ["fps": "4"], "'image_urls' is missing from 'input'; the model must be given it: text"),
        .bad("object-output", ["image_urls": "x", "mp4": "mp4"], "'mp4' is 'mp4'; the model takes true or false"),
        .good(
            "voice-cloning", ["rvc_model": "Obama", "pitch_change": "no-change", "protect": "0.5", "reverb_size": ""],
            ["rvc_model": "Obama", "pitch_change": "no-change", "protect": 0.5]),
        .bad("voice-cloning", ["protect": "0.51"], "'protect' is 0.51; the model takes a number from 0 to 0.5"),
        .bad(
            "voice-cloning", ["pitch_change": "male-to-femal"],
            "'pitch_change' is 'male-to-femal'; the model takes one of: no-change, male-to-female, female-to-male; "
                + "did you mean 'male-to-female'?"),
        .good(
            "nano-banana-2025-08", ["prompt": "x", "image_input": #"["https://a/1.png"]"#, "output_format": "png"],
            ["prompt": "x", "image_input": ["https://a/1.png"], "output_format": "png"]),
        .bad(
            "nano-banana-2025-08", ["prompt": "x", "image_input": "https://a/1.png"],
            "'image_input' is 'https://a/1.png'; the model takes a list of files; a list of one is written: "
                + "[\"{{ image_input }}\"]"),
        .bad(
            "nano-banana-2025-08", ["prompt": "x", "output_format": "jpeg"],
            "'output_format' is 'jpeg'; the model takes one of: jpg, png; did you mean 'jpg'?"),
        .good(
            "nano-banana-later", ["prompt": "x", "image_input": "[]", "aspect_ratio": "4:5"],
            ["prompt": "x", "image_input": [], "aspect_ratio": "4:5"]),
        .bad(
            "nano-banana-later", ["prompt": "x", "image_input": #"["https://a/1.png", "b.png"]"#],
            "'image_input[1]' is 'b.png'; the model takes a file: its URL, or { file: PATH } in the manifest"),
        .bad(
            "nano-banana-later", ["prompt": "x", "image_input": #"["https://a/1.png", 7]"#],
            "'image_input[1]' is 7, a number; the model takes text"),
        .good(
            "seedream-4.5", ["prompt": "x", "size": "custom", "width": "1024.0"],
            ["prompt": "x", "size": "custom", "width": 1024]),
        .bad(
            "seedream-4.5", ["prompt": "x", "width": "1023", "max_images": "16"],
            "'max_images' is 16; the model takes a whole number from 1 to 15",
            "'width' is 1023; the model takes a whole number from 1024 to 4096"),
        .bad(
            "seedream-4.5", ["size": "8K"],
            "'prompt' is missing from 'input'; the model must be given it: text",
            "'size' is '8K'; the model takes one of: 2K, 4K, custom; did you mean '2K'?"),
        .good(
            "veo-3.1", ["prompt": "x", "duration": "6", "last_frame": "", "generate_audio": "no"],
            ["prompt": "x", "duration": 6, "generate_audio": false]),
        .bad(
            "veo-3.1", ["prompt": "x", "duration": "5"], "'duration' is 5; the model takes one of: 4, 6, 8"),
        .bad(
            "veo-3.1", ["prompt": "x", "duration": "short"],
            "'duration' is 'short'; the model takes one of: 4, 6, 8"),
        .bad(
            "veo-3.1", ["prompt": "x", "resolution": "4k", "seed": "3"],
            "'resolution' is '4k'; the model takes one of: 720p, 1080p"),
        .bad(
            "veo-3.1", ["prompt": "x", "seed": "1e30"],
            "'seed' is '1e30'; the model takes a whole number; a spreadsheet has shortened it, so digits are lost: "
                + "format its column as text there, and save the table again"),
    ]
}
