"""LeNet-5 on Fashion-MNIST: 60,000 images of clothes, 12 epochs, a test accuracy of about 0.90."""

import convolith as keras

keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, x_test = x_train[..., None], x_test[..., None]

lenet5 = keras.applications.LeNet5(input_shape=(28, 28, 1), classes=10)
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), lenet5])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=12, validation_data=(x_test, y_test))

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy: {accuracy:.4f}")
model.save("lenet5_fashion_mnist.convolith")
