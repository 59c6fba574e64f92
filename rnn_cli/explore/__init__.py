"""rnn explore: a session that a person steps through, what it draws, and the terminal program over both.

`session.py` and the files that it uses know no terminal; `app.py` alone knows Textual.
"""
