"""What is built, installed and committed."""
