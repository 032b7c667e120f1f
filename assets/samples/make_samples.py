# -*- coding: utf-8 -*-
"""Writes the sample files of the start page.

usage: python make_samples.py DIR          Python 3.13, numpy 2.5.5, pandas 3.1.1
       python2.7 make_samples.py DIR       only python2_legacy.pkl; Python 2.7.18, numpy 1.16.6

Two runs give identical files.
"""
from __future__ import print_function, division
import datetime
import os
import pickle
import sys

import numpy as np

OUT = sys.argv[1]


def save(name, obj, protocol):
    with open(os.path.join(OUT, name), 'wb') as f:
        f.write(pickle.dumps(obj, protocol))


def fractal(rng, n, power):
    """n x n noise whose spectrum falls with the given power, scaled to 0..1."""
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(n), np.fft.fftfreq(n)))
    k[0, 0] = 1
    a = np.fft.ifft2(np.fft.fft2(rng.standard_normal((n, n))) / k ** power).real
    return (a - a.min()) / (a.max() - a.min())


def mix(a, b, t):
    return np.asarray(a, float) * (1 - t) + np.asarray(b, float) * t


def photo():
    """A lake at sunset, 240 x 360 RGB: sky, sun, four ridges and their reflection."""
    rng = np.random.default_rng(7)
    h, w, shore = 240, 360, 150
    y, x = np.mgrid[0:shore, 0:w].astype(float)
    t = (y / shore)[..., None]
    sky = np.where(t < .55, mix([38, 44, 104], [214, 96, 110], np.clip(t / .55, 0, 1)),
                   mix([214, 96, 110], [255, 196, 110], np.clip((t - .55) / .45, 0, 1)))
    clouds = np.roll(fractal(rng, 512, 1.7)[:2 * shore:2, :w], 40, 1)
    sky = mix(sky, np.array([255, 170, 140.]), (np.clip((clouds - .52) * 3.2, 0, .75) * (1 - y / shore))[..., None])
    r = np.hypot(x - 232, (y - 104))
    sky = mix(sky, np.array([255, 236, 190.]), np.exp(-(r / 46) ** 2)[..., None] * .8)
    sky[r < 15] = [255, 246, 214]
    edge = np.clip(16 - r, 0, 1)[..., None]
    sky = mix(sky, np.array([255, 246, 214.]), edge)
    for i, (base, height, colour, rough) in enumerate(((100, 40, [142, 84, 120], 1.9), (116, 34, [98, 62, 106], 1.8),
                                                       (131, 26, [58, 42, 82], 1.7), (145, 16, [26, 24, 48], 1.5))):
        ridge = fractal(np.random.default_rng(30 + i), 512, rough)[11 + i, :w]
        ridge = (ridge - ridge.min()) / (ridge.max() - ridge.min())
        top = base - height * ridge
        inside = np.clip(y - top[None, :], 0, 1)[..., None]
        haze = mix(np.array(colour, float), [255, 170, 120], np.clip((y - base) / 90, 0, .35)[..., None])
        sky = mix(sky, haze, inside)
    rows = np.arange(h - shore)
    wave = np.sin(rows[:, None] * 1.3 + x[:1] * .045) * (1 + rows[:, None] * .05)
    source = np.clip(shore - 1 - rows[:, None] * 1.35 + wave, 0, shore - 1).astype(int)
    lake = sky[source, np.clip(x[:1] + wave * .8, 0, w - 1).astype(int)]
    lake = mix(lake * [.78, .76, .86], np.array([22, 26, 58.]), (rows / (h - shore) * .55)[:, None, None])
    glint = np.exp(-((x[:1] - 232) / (9 + rows[:, None] * .32)) ** 2) * (np.sin(rows[:, None] * 2.1 + x[:1] * .21) > .1)
    lake = mix(lake, np.array([255, 222, 160.]), (glint * .55)[..., None])
    image = np.concatenate([sky, lake])
    image += rng.normal(0, 1.6, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def terrain():
    rng = np.random.default_rng(21)
    a = fractal(rng, 256, 2.1)
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    a = a * 1.15 - .45 * (x * x + y * y) + .1
    return np.where(a > .25, (a - .25) ** 1.3 * 3900, (a - .25) * 900).astype(np.float32)


def signal():
    t = np.arange(20000) / 10000.
    rng = np.random.default_rng(3)
    chirp = np.sin(2 * np.pi * (4 * t + 22 * t ** 2)) * np.exp(-((t - 1.05) / .55) ** 2)
    return chirp + .06 * rng.standard_normal(t.size) + .15 * np.sin(2 * np.pi * .8 * t)


def galaxy():
    """Twelve exposures of a spiral galaxy that brighten through the stack, with drifting stars."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[-1:1:96j, -1:1:96j]
    u, v = x * .92 + y * .38, (y * .92 - x * .38) * 1.7
    r, phi = np.hypot(u, v), np.arctan2(v, u)
    stars = rng.uniform(4, 92, (26, 2)), rng.exponential(3200, 26)
    frames = []
    for k in range(12):
        arms = np.cos(2 * phi - 9.5 * np.log(r + .12) + k * .26) * .5 + .5
        light = 15000 * np.exp(-r * 2.6) * (.25 + arms ** 2) + 26000 * np.exp(-(r / .09) ** 2)
        for (sy, sx), flux in zip(*stars):
            yy, xx = np.mgrid[0:96, 0:96]
            light = light + flux * np.exp(-((yy - sy) ** 2 + (xx - sx - .12 * k) ** 2) / 1.6)
        light = light * (.45 + .05 * k) + 420
        frames.append(rng.poisson(light))
    return np.clip(frames, 0, 65535).astype(np.uint16)


def experiment():
    rng = np.random.default_rng(5)
    utc = datetime.timezone.utc
    start = datetime.datetime(2024, 3, 18, 8, 30, 12, 250000, utc)
    calibration = np.array([(1, 12.5, (0.998, 0.002), b'ok'), (2, 25.0, (1.003, 0.004), b'ok'),
                            (3, 50.0, (1.012, 0.011), b'drift')],
                           [('step', '<u2'), ('load_N', '<f8'), ('gain', [('mean', '<f4'), ('std', '<f4')]), ('flag', 'S6')])
    runs = []
    strain = np.linspace(0, 3.2, 400)
    for i in range(6):
        modulus = 71 + rng.normal(0, 1.4)
        stress = modulus * np.minimum(strain, 1.4 + .1 * i) + 9 * np.log1p(np.maximum(strain - 1.4, 0))
        runs.append({'id': 'R%02d' % (i + 1), 'started': start + datetime.timedelta(minutes=17 * i),
                     'duration': datetime.timedelta(seconds=312.5 + i), 'operator': 'M. Okafor' if i % 2 else 'L. Brandt',
                     'temperature_K': round(293.15 + i * .4, 2), 'aborted': i == 4,
                     'strain_percent': strain, 'stress_MPa': stress + rng.normal(0, .5, 400),
                     'note': None if i != 4 else 'grip slipped at 2.1 %'})
    return {'title': 'Tensile test, alloy 6082-T6', 'created': start, 'instrument': {
                'maker': 'Northfield', 'model': 'UT-50', 'firmware': (4, 2, 1), 'load_cell_kN': 50.0,
                'limits': {'load_N': (0, 50000), 'travel_mm': (0.0, 180.5)}},
            'tags': {'aluminium', 'tensile', 'batch-17'}, 'calibration': calibration, 'runs': runs,
            'microscopy': {'pixel_um': 0.65, 'image': (fractal(rng, 96, 1.4) * 255).astype('u1'),
                           'grain_mask': fractal(rng, 96, 2.2) > .5},
            'stiffness': np.array([[70.2, 33.1, 33.1], [33.1, 70.2, 33.1], [33.1, 33.1, 70.2]]),
            'sampled_at': np.array(['2024-03-18T08:30', '2024-03-18T08:47', 'NaT'], 'M8[m]'),
            'spectrum': np.fft.rfft(np.hanning(128)).astype('c8'), 'latin': 'Prüfstück Nr. 7 · 材料 · ✓',
            'checksum': b'\x8f\x11\x02\xfe', 'reference': runs[0], 'log': []}


def dataframe():
    import pandas as pd
    rng = np.random.default_rng(8)
    n = 240
    city = pd.Categorical(rng.choice(['Lagos', 'Lima', 'Oslo', 'Osaka'], n))
    df = pd.DataFrame({'time': pd.date_range('2024-01-01', periods=n, freq='6h', tz='UTC'), 'city': city,
                       'temperature': np.round(14 + 9 * np.sin(np.arange(n) / 20) + rng.normal(0, 2, n), 1),
                       'humidity': rng.integers(30, 98, n), 'rain_mm': np.where(rng.random(n) < .7, 0, rng.exponential(4, n).round(1)),
                       'sensor_ok': rng.random(n) > .05,
                       'station': pd.array(np.where(rng.random(n) < .1, None, rng.integers(1, 9, n)), dtype='Int64'),
                       'remark': [['', 'gust', 'fog', 'frost on lens'][k] for k in rng.integers(0, 4, n)]})
    df.loc[[5, 17, 60], 'temperature'] = np.nan
    return df.set_index('time')


class Suspicious(object):
    def __reduce__(self):
        import os
        return os.system, ('echo this pickle could have run any command',)


def legacy():
    import cPickle
    y, x = np.mgrid[-3:3:160j, -3:3:160j]
    image = (127 + 127 * np.sin(x * x + y * y * 1.4) * np.exp(-(x * x + y * y) / 9)).astype('u1')
    data = {'sample': 'quartz', 'comment': 'Pr\xfcfung bei 20 \xb0C', u'unicode': u'gr\xfc\xdfe', 'shot': 10 ** 12 + 1402,
            'image': image, 'phase': np.asfortranarray(np.angle(np.exp(1j * (x ** 3 - 3 * x * y * y)))[::2, ::2].astype('f4')),
            'spectrum': np.exp(-((np.arange(1024) - 400) / 60.) ** 2) + .3 * np.exp(-((np.arange(1024) - 700) / 25.) ** 2),
            'counts': np.arange(-8, 8).astype('>i2'),
            'peaks': np.rec.array([(400, 1.0, 'Si'), (700, .3, 'O')], dtype=[('bin', '<i4'), ('height', '<f8'), ('line', 'S2')])}
    with open(os.path.join(OUT, 'python2_legacy.pkl'), 'wb') as f:
        f.write(cPickle.dumps(data, 2))


if sys.version_info[0] == 2:
    legacy()
    sys.exit()
image = photo()
save('photo_rgb.pkl', image, 4)
save('terrain.pkl', terrain(), 5)
save('signal.pkl', signal(), 5)
save('galaxy_stack.pkl', galaxy(), 4)
save('experiment.pkl', experiment(), 5)
save('dataframe.pkl', dataframe(), 5)
cut = pickle.dumps({'what': 'the top of photo_rgb.pkl, and then the disk was full', 'image': image[:, ::2][::2].copy()}, 4)
with open(os.path.join(OUT, 'damaged_cut.pkl'), 'wb') as f:
    f.write(cut[:int(len(cut) * .58)])
with open(os.path.join(OUT, 'suspicious.pkl'), 'wb') as f:
    f.write(pickle.dumps({'model': 'resnet-tiny', 'weights': [0.1, 0.2, 0.3], 'hook': Suspicious()}, 2))
