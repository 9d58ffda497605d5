// JupyterLab would take keys for its own: arrows go to another cell instead of through a list.
function keep(event) {
  if (!(event.ctrlKey || event.metaKey || event.key === "Tab")) event.stopPropagation();
}

function render({ el }) {
  let desk = null;
  // Not in the page yet when it is made.
  const find = () => {
    desk = el.closest(".aisim-desk");
    if (desk) desk.addEventListener("keydown", keep);
    else waiting = requestAnimationFrame(find);
  };
  let waiting = requestAnimationFrame(find);
  return () => {
    cancelAnimationFrame(waiting);
    desk?.removeEventListener("keydown", keep);
  };
}
export default { render };
