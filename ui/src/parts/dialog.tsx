import { useEffect, useRef, type ReactNode } from "react";

interface Props {
  title: string;
  /** Whether the title is for those alone who do not see the dialog. */
  isTitleHidden?: boolean;
  onClose(): void;
  children: ReactNode;
}

/** A dialog over the page. The browser keeps the focus in it, and Escape closes it. */
export function Dialog({ title, isTitleHidden = false, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      // Unless somebody has gone elsewhere meanwhile.
      const isNowhere = document.activeElement === null || document.activeElement === document.body;
      if (isNowhere && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === element.current && onClose()}
      className="panel m-auto w-[min(36rem,calc(100vw-1.5rem))] p-0 text-ink shadow-xl backdrop:bg-black/40"
    >
      <div className="max-h-[80vh] overflow-auto p-4">
        {isTitleHidden || <h2 className="mb-3 text-lg font-semibold">{title}</h2>}
        {children}
      </div>
    </dialog>
  );
}
