"""Scores of answers: BLEU, confusion matrices, bootstrap intervals."""
