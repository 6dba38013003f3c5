// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/series_pick.h"

#include <QCoreApplication>
#include <QDataStream>
#include <QIODevice>
#include <QMimeData>

namespace variometer {
namespace {

const QString kMime = QStringLiteral("application/x-variometer-series");

QString tr(const char* text) { return QCoreApplication::translate("variometer::SeriesPick", text); }

}  // namespace

SeriesPick SeriesPick::tensor(const RunInfo& info, std::size_t index) {
  const TensorInfo& tensor = info.tensors.at(index);
  const QString name = short_name(tensor);
  return {.layer = static_cast<int>(tensor.layer),
          .whole = false,
          .tensors = {QString::fromStdString(tensor.name)},
          .text = tensor.layer < 0 ? name : tr("%1 of layer %2").arg(name).arg(tensor.layer)};
}

SeriesPick SeriesPick::wholeLayer(const RunInfo& info, int layer) {
  SeriesPick pick{.layer = layer,
                  .whole = true,
                  .tensors = {},
                  .text = layer < 0 ? tr("what is outside the blocks") : tr("layer %1").arg(layer)};
  for (const TensorInfo& tensor : info.tensors) {
    if (tensor.layer == layer) pick.tensors << QString::fromStdString(tensor.name);
  }
  return pick;
}

QMimeData* SeriesPick::toMime() const {
  QByteArray bytes;
  QDataStream stream(&bytes, QIODevice::WriteOnly);
  stream << qint32(layer) << whole << tensors << text;
  auto* data = new QMimeData;
  data->setData(kMime, bytes);
  return data;
}

std::optional<SeriesPick> SeriesPick::fromMime(const QMimeData& data) {
  if (!data.hasFormat(kMime)) return {};
  QDataStream stream(data.data(kMime));
  SeriesPick pick;
  qint32 layer = -1;
  stream >> layer >> pick.whole >> pick.tensors >> pick.text;
  pick.layer = layer;
  if (stream.status() != QDataStream::Ok || pick.tensors.isEmpty()) return {};
  return pick;
}

QString short_name(const TensorInfo& tensor) {
  QString name = QString::fromStdString(tensor.name);
  const QString before = tensor.layer < 0 ? QStringLiteral("model.") : QStringLiteral(".%1.").arg(tensor.layer);
  const qsizetype at = name.indexOf(before);
  if (tensor.layer < 0 ? at == 0 : at >= 0) name.remove(0, at + before.size());
  if (name.endsWith(QStringLiteral(".weight"))) name.chop(7);
  return name;
}

QString layer_name(const TensorInfo& tensor) {
  const QString name = short_name(tensor);
  return tensor.layer < 0 ? name : QStringLiteral("%1 %2").arg(tensor.layer).arg(name);
}

QString shape_text(const TensorInfo& tensor) {
  QStringList sizes;
  for (const std::int64_t n : tensor.shape) sizes << QString::number(n);
  return sizes.join(QStringLiteral(" × "));
}

}  // namespace variometer
