from app import GREETING


def main(names=("image",)):
    for name in names:
        print(f"{GREETING}, {name}!")


if __name__ == "__main__":
    main()
