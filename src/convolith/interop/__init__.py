"""Other projects' files, of Keras and torchvision: data that is checked and copied, never code that is run."""
