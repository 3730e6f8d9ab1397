"""Reading mail: one IMAP connection as a session, a small pool of them, and what their answers mean."""
