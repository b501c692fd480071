"""Forms: dialogs with several fields, judged as they are typed by the engine's own rules."""
