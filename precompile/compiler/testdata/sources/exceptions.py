def handlers(f):
    try:
        f()
    except ValueError:
        return 1
    except (TypeError, KeyError) as e:
        print(e)
        del e
    except OSError as e:
        raise RuntimeError from e
    except:
        pass
    else:
        f(1)
    finally:
        f(2)


def returns(items):
    for i in items:
        try:
            if i == 1:
                return i
            if i == 2:
                continue
            if i == 3:
                break
        finally:
            print(i)
    try:
        return f(items)
    finally:
        try:
            pass
        except E as e:
            return e
        finally:
            print()


def contexts(a, b):
    with a:
        pass
    with a as x, b as (y, z):
        return x
    with (a as x, b):
        for i in x:
            with b:
                if i:
                    continue
                break
    try:
        with a:
            return 1
    except E as e:
        with a:
            return e
    finally:
        with b: pass


def groups(f):
    try:
        f()
    except* ValueError as eg:
        print(eg)
    except* (TypeError, OSError):
        pass
    else:
        f(1)
    finally:
        f(2)
    try:
        f()
    except* E:
        try:
            f()
        except* F as e:
            raise


def deep():
    while 1:
        try:
            with a:
                try:
                    return 1
                except:
                    break
                finally:
                    f()
        except E as e:
            continue
        finally:
            if x: return
