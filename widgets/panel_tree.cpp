// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_tree.h"

#include <QAction>
#include <QApplication>
#include <QDrag>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMap>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QPixmap>
#include <QStyledItemDelegate>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <optional>

namespace variometer {
namespace {

constexpr int kTensorRole = Qt::UserRole;
constexpr int kLayerRole = Qt::UserRole + 1;
constexpr int kCurveWidth = 4;  // heights of the text

/// The curve beside the number.
class SparklineDelegate : public QStyledItemDelegate {
 public:
  SparklineDelegate(const std::vector<Sparkline>* lines, QObject* parent)
      : QStyledItemDelegate(parent), lines_(lines) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const QVariant tensor = index.siblingAtColumn(0).data(kTensorRole);
    if (!tensor.isValid() || tensor.toUInt() >= lines_->size()) return;
    const bool chosen = option.state.testFlag(QStyle::State_Selected);
    const QColor colour = option.palette.color(chosen ? QPalette::HighlightedText : QPalette::Text);
    (*lines_)[tensor.toUInt()].paint(*painter, QRectF(option.rect).adjusted(4, 1.5, -4, -1.5), colour);
  }

 private:
  const std::vector<Sparkline>* lines_;
};

}  // namespace

ModelTreePanel::ModelTreePanel(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(6, 6, 6, 6);
  layout->setSpacing(6);
  find_ = new QLineEdit(this);
  find_->setPlaceholderText(tr("Find tensor, e.g. 3 down"));
  find_->setToolTip(tr("Every word must occur in the tensor's name or layer (Ctrl+F)"));
  find_->setClearButtonEnabled(true);
  find_->setAccessibleName(tr("Find tensor"));
  layout->addWidget(find_);

  tree_ = new QTreeWidget(this);
  tree_->setColumnCount(3);
  tree_->setHeaderLabels({tr("Tensor"), tr("std"), tr("so far")});
  tree_->headerItem()->setToolTip(1, tr("Unbiased standard deviation of the weights at the step shown"));
  tree_->headerItem()->setToolTip(
      2, tr("The same at every measurement so far, each curve from its lowest to its highest"));
  tree_->setItemDelegateForColumn(2, new SparklineDelegate(&curves_, tree_));
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  tree_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  tree_->header()->setSectionResizeMode(2, QHeaderView::Fixed);
  tree_->setUniformRowHeights(true);
  tree_->setIndentation(12);
  tree_->setTextElideMode(Qt::ElideMiddle);
  tree_->setAccessibleName(tr("Layers and tensors"));
  setRoomy(true);
  layout->addWidget(tree_, 1);

  details_ = new QLabel(this);
  details_->setWordWrap(true);
  details_->setTextFormat(Qt::RichText);
  details_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  details_->hide();
  layout->addWidget(details_);

  connect(find_, &QLineEdit::textChanged, this, &ModelTreePanel::filter);
  connect(tree_, &QTreeWidget::currentItemChanged, this, [this](const QTreeWidgetItem* item) {
    if (item == nullptr || building_) return;
    const QVariant tensor = item->data(0, kTensorRole);
    selected_ = tensor.isValid() ? tensor.toInt() : -1;
    showDetails(shown_.get());
    Q_EMIT pickChanged();
    if (!may_drag_) select(item);
  });
  tree_->viewport()->installEventFilter(this);
}

/// What the cards show follows it.
void ModelTreePanel::select(const QTreeWidgetItem* item) {
  const QVariant tensor = item->data(0, kTensorRole);
  if (tensor.isValid()) {
    const TensorInfo& chosen = info_.tensors[tensor.toUInt()];
    if (chosen.tvr_target) Q_EMIT roleSelected(QString::fromStdString(chosen.role));
  }
  const int layer = item->data(0, kLayerRole).toInt();
  if (layer >= 0) Q_EMIT layerSelected(layer);
}

std::optional<SeriesPick> ModelTreePanel::pickOf(const QTreeWidgetItem* item) const {
  if (item == nullptr) return {};
  const QVariant tensor = item->data(0, kTensorRole);
  return tensor.isValid() ? SeriesPick::tensor(info_, tensor.toUInt())
                          : SeriesPick::wholeLayer(info_, item->data(0, kLayerRole).toInt());
}

std::optional<SeriesPick> ModelTreePanel::pick() const { return pickOf(tree_->currentItem()); }

void ModelTreePanel::setPickActions(const QList<QAction*>& actions) {
  tree_->setContextMenuPolicy(Qt::ActionsContextMenu);
  tree_->addActions(actions);
}

/// A press may begin a drag, which leaves the cards as they are; so the cards follow only when the button is up.
bool ModelTreePanel::eventFilter(QObject* watched, QEvent* event) {
  const auto* mouse = dynamic_cast<const QMouseEvent*>(event);
  if (watched != tree_->viewport() || mouse == nullptr) return QWidget::eventFilter(watched, event);
  if (event->type() == QEvent::MouseButtonPress && mouse->button() == Qt::LeftButton) {
    pressed_ = mouse->pos();
    may_drag_ = tree_->itemAt(pressed_) != nullptr;
  } else if (event->type() == QEvent::MouseMove && may_drag_) {
    if ((mouse->pos() - pressed_).manhattanLength() >= QApplication::startDragDistance()) drag();
    return true;  // not a selection that follows the mouse
  } else if (event->type() == QEvent::MouseButtonRelease && may_drag_) {
    may_drag_ = false;
    if (const QTreeWidgetItem* item = tree_->itemAt(pressed_); item == tree_->currentItem()) select(item);
  }
  return QWidget::eventFilter(watched, event);
}

void ModelTreePanel::drag() {
  may_drag_ = false;
  const auto pick = pickOf(tree_->itemAt(pressed_));
  if (!pick) return;
  const QFontMetrics metrics(font());
  QPixmap picture(QSize(metrics.horizontalAdvance(pick->text) + 16, metrics.height() + 8) * devicePixelRatio());
  picture.setDevicePixelRatio(devicePixelRatio());
  picture.fill(palette().color(QPalette::Highlight));
  QPainter painter(&picture);
  painter.setFont(font());
  painter.setPen(palette().color(QPalette::HighlightedText));
  painter.drawText(QRectF(QPointF(0, 0), picture.deviceIndependentSize()), Qt::AlignCenter, pick->text);
  painter.end();
  auto* drag = new QDrag(this);  // Qt deletes it
  drag->setMimeData(pick->toMime());
  drag->setPixmap(picture);
  drag->setHotSpot({-12, -8});
  drag->exec(Qt::CopyAction);
}

void ModelTreePanel::setRoomy(bool curves) {
  curves_shown_ = curves;
  sizeToFont();
}

void ModelTreePanel::sizeToFont() {
  // The longest name of the common families, and its number.
  const QFontMetrics metrics(font());
  const int curve = kCurveWidth * metrics.height();
  tree_->header()->resizeSection(2, curve);
  tree_->setIndentation(std::max(12, metrics.height() * 2 / 3));
  const int whole = metrics.horizontalAdvance(QStringLiteral("post_attention_layernorm")) +
                    metrics.horizontalAdvance(QStringLiteral("0.01875")) + 2 * tree_->indentation() + 26;
  tree_->setMinimumWidth(whole + (curves_shown_ ? curve : 0));
  tree_->setColumnHidden(2, !curves_shown_);
}

void ModelTreePanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange) sizeToFont();
}

void ModelTreePanel::setInfo(const RunInfo& info) {
  clear();
  info_ = info;
  building_ = true;
  items_.assign(info.tensors.size(), nullptr);
  QMap<int, QTreeWidgetItem*> layers;
  QTreeWidgetItem* outside = nullptr;
  for (std::size_t i = 0; i < info.tensors.size(); ++i) {
    const TensorInfo& tensor = info.tensors[i];
    QTreeWidgetItem*& parent = tensor.layer < 0 ? outside : layers[tensor.layer];
    if (parent == nullptr) {
      parent = new QTreeWidgetItem(
          QStringList{tensor.layer < 0 ? tr("outside the blocks") : tr("layer %1").arg(tensor.layer)});
      parent->setData(0, kLayerRole, tensor.layer);
      if (tensor.layer >= 0) layers_.resize(std::max(layers_.size(), static_cast<std::size_t>(tensor.layer) + 1));
      if (tensor.layer >= 0) layers_[static_cast<std::size_t>(tensor.layer)] = parent;
    }
    // What belongs to a norm (DyT's parameters) stands under it: names short enough to be read whole.
    QTreeWidgetItem* under = parent;
    QString name = short_name(tensor);
    for (int j = 0; j < parent->childCount(); ++j) {
      const QString owner = parent->child(j)->text(0) + QLatin1Char('.');
      if (!name.startsWith(owner)) continue;
      under = parent->child(j);
      name.remove(0, owner.size());
      break;
    }
    auto* item = new QTreeWidgetItem(under, QStringList{name, QString()});
    item->setData(0, kTensorRole, static_cast<int>(i));
    item->setData(0, kLayerRole, tensor.layer);
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    item->setToolTip(0, QStringLiteral("%1  (%2)").arg(QString::fromStdString(tensor.name), shape_text(tensor)) +
                            tr("\nDrag it to a card to add it, to an edge for a card of its own"));
    items_[i] = item;
  }
  for (QTreeWidgetItem* layer : std::as_const(layers)) tree_->addTopLevelItem(layer);
  if (outside != nullptr) tree_->addTopLevelItem(outside);
  if (tree_->topLevelItemCount() > 0) tree_->topLevelItem(0)->setExpanded(true);
  building_ = false;
  filter(find_->text());
}

void ModelTreePanel::clear() {
  building_ = true;
  items_.clear();
  layers_.clear();
  curves_.clear();
  curves_taken_ = 0;
  tree_->clear();
  shown_.reset();
  marked_.reset();
  selected_ = -1;
  details_->hide();
  info_ = RunInfo{};
  building_ = false;
}

void ModelTreePanel::filter(const QString& text) {
  const QStringList words = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* parent = tree_->topLevelItem(i);
    bool any = false;
    const auto fits = [&](const QTreeWidgetItem* item) {
      const auto& tensor = info_.tensors[item->data(0, kTensorRole).toUInt()];
      const QString name = parent->text(0) + QLatin1Char(' ') + QString::fromStdString(tensor.name).toLower();
      return std::all_of(words.begin(), words.end(), [&](const QString& w) { return name.contains(w); });
    };
    for (int j = 0; j < parent->childCount(); ++j) {
      QTreeWidgetItem* item = parent->child(j);
      bool below = false;
      for (int k = 0; k < item->childCount(); ++k) {
        const bool fit = fits(item->child(k));
        item->child(k)->setHidden(!fit);
        below |= fit;
      }
      item->setHidden(!below && !fits(item));
      if (!words.isEmpty()) item->setExpanded(below && !fits(item));
      any |= !item->isHidden();
    }
    parent->setHidden(!any);
    if (!words.isEmpty()) parent->setExpanded(any);
  }
}

}  // namespace variometer
